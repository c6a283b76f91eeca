#define TROUPE_COMPILE
#include "troupe/msg/barrier.hpp"
