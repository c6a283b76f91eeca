#define TROUPE_COMPILE
#include "troupe/msg/lock.hpp"
