#pragma once

/// What one's own actors need: their interface, their messages, requests, and
/// handlers that await.
#include "troupe/handler.hpp"
#include "troupe/msg/actor.hpp"
#include "troupe/msg/messages.hpp"
#include "troupe/msg/setup.hpp"
#include "troupe/request.hpp"
