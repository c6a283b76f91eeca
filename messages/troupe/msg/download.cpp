#define TROUPE_COMPILE
#include "troupe/msg/download.hpp"
