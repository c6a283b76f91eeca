#define TROUPE_COMPILE
#include "troupe/msg/queue.hpp"
