#define TROUPE_COMPILE
#include "troupe/msg/event.hpp"
