#pragma once

#include "troupe/msg/codec.hpp"

#include <caf/type_id.hpp>

namespace troupe {

/// Where the type ids of programs begin; those below are troupe's and CAF's.
inline constexpr caf::type_id_t first_user_type_id = 1000;

} // namespace troupe

#define TROUPE_DETAIL_PARENS ()
#define TROUPE_DETAIL_EXPAND(...)                                              \
  TROUPE_DETAIL_EXPAND4(                                                       \
    TROUPE_DETAIL_EXPAND4(TROUPE_DETAIL_EXPAND4(__VA_ARGS__)))
#define TROUPE_DETAIL_EXPAND4(...)                                             \
  TROUPE_DETAIL_EXPAND3(                                                       \
    TROUPE_DETAIL_EXPAND3(TROUPE_DETAIL_EXPAND3(__VA_ARGS__)))
#define TROUPE_DETAIL_EXPAND3(...)                                             \
  TROUPE_DETAIL_EXPAND2(                                                       \
    TROUPE_DETAIL_EXPAND2(TROUPE_DETAIL_EXPAND2(__VA_ARGS__)))
#define TROUPE_DETAIL_EXPAND2(...)                                             \
  TROUPE_DETAIL_EXPAND1(                                                       \
    TROUPE_DETAIL_EXPAND1(TROUPE_DETAIL_EXPAND1(__VA_ARGS__)))
#define TROUPE_DETAIL_EXPAND1(...) __VA_ARGS__
#define TROUPE_DETAIL_ADD_TYPES(block, type, ...)                              \
  CAF_ADD_TYPE_ID(block, (type))                                               \
  __VA_OPT__(                                                                  \
    TROUPE_DETAIL_ADD_TYPES_AGAIN TROUPE_DETAIL_PARENS(block, __VA_ARGS__))
#define TROUPE_DETAIL_ADD_TYPES_AGAIN() TROUPE_DETAIL_ADD_TYPES

/// Registers the messages of a program (up to 80 in one block) under
/// consecutive type ids; both ends of a connection need the same ids, so
/// append only. Belongs at namespace scope, outside any namespace, before the
/// first use of the types in an actor:
///
///     TROUPE_MESSAGES(bank, troupe::first_user_type_id,
///                     bank::v1::Deposit, bank::v1::Balance)
///
/// The block is then `caf::id_block::bank`; see `add_messages`.
#define TROUPE_MESSAGES(block, first_id, ...)                                  \
  CAF_BEGIN_TYPE_ID_BLOCK(block, first_id)                                     \
  TROUPE_DETAIL_EXPAND(TROUPE_DETAIL_ADD_TYPES(block, __VA_ARGS__))            \
  CAF_END_TYPE_ID_BLOCK(block)
