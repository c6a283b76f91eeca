#define TROUPE_COMPILE
#include "troupe/msg/rate_limiter.hpp"
