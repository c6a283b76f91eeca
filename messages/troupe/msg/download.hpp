#pragma once

#include "troupe/msg/actor.hpp"
#include "troupe/msg/compiled.hpp"
#include "troupe/msg/type_ids.hpp"

namespace troupe {

/// Downloads one thing after another, as many at once as it is allowed to. The
/// answer tells how it ended; failed downloads are answers too.
using download_actor = actor<v1::DownloadResult(v1::Download)>;

} // namespace troupe

TROUPE_COMPILED(troupe::v1::Download)
TROUPE_COMPILED(troupe::v1::DownloadResult)
