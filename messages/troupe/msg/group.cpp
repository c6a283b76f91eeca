#define TROUPE_COMPILE
#include "troupe/msg/group.hpp"
