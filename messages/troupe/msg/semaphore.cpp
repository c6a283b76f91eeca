#define TROUPE_COMPILE
#include "troupe/msg/semaphore.hpp"
