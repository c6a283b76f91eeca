#pragma once

#include <caf/detail/tuple_vals.hpp>

/// What CAF makes of a message of these types when it is sent, copied, written
/// or shown: compiled once, in the library, and so not in each source that
/// sends one, where it would be a third of the work. Belongs at namespace
/// scope, outside any namespace, beside the handle that takes or answers the
/// message; the source of the same name defines TROUPE_COMPILE and includes
/// that.
#define TROUPE_COMPILED(...)                                                   \
  TROUPE_DETAIL_COMPILED(                                                      \
    caf::detail::tuple_vals_impl<caf::detail::message_data, __VA_ARGS__>)      \
  TROUPE_DETAIL_COMPILED(                                                      \
    caf::detail::tuple_vals_impl<caf::type_erased_tuple, __VA_ARGS__>)         \
  TROUPE_DETAIL_COMPILED(caf::detail::tuple_vals<__VA_ARGS__>)

#ifdef TROUPE_COMPILE
#define TROUPE_DETAIL_COMPILED(...) template class __VA_ARGS__;
#else
#define TROUPE_DETAIL_COMPILED(...) extern template class __VA_ARGS__;
#endif
