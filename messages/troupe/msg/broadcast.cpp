#define TROUPE_COMPILE
#include "troupe/msg/broadcast.hpp"
