#pragma once

#include "troupe/msg/actor.hpp"
#include "troupe/msg/compiled.hpp"
#include "troupe/msg/payload.hpp"
#include "troupe/msg/type_ids.hpp"

namespace troupe {

/// What a supervisor says to a child: any actor that takes these four can be
/// supervised. Who sends `TaskStart` is the supervisor.
using supervised_actor = actor<void(v1::TaskStart), void(v1::TaskCancel),
                               void(v1::TaskPause), void(v1::TaskResume)>;

/// What a child says to its supervisor. `TaskFinished` comes exactly once; its
/// payload is the value of a child that succeeded.
using supervisor_port =
  actor<void(v1::TaskStarted), void(v1::TaskParked), void(v1::TaskProgress),
        void(v1::TaskFinished, payload)>;

/// Takes the progress of a group that it watches.
using progress_watcher = actor<void(v1::GroupProgress)>;

/// Takes the end of every child of a group, those never started included.
using outcome_watcher = actor<void(v1::TaskFinished, payload)>;

/// Takes the start and the progress of every child of a group.
using child_watcher = actor<void(v1::TaskStarted), void(v1::TaskProgress)>;

/// A group of children. It is a child itself where it is given to another
/// group, and then passes on what it is told.
using supervisor_actor =
  actor<caf::result<v1::GroupResult, payloads>(v1::GroupJoin),
        v1::GroupResult(v1::GroupCancel),
        v1::GroupCancelled(v1::GroupAwaitCancel),
        v1::GroupPaused(v1::GroupPause), v1::GroupResumed(v1::GroupResume),
        v1::GroupProgress(v1::GroupGetProgress), void(v1::GroupClose),
        void(v1::GroupWatch, progress_watcher)>::extend_with<supervised_actor>::
    extend_with<supervisor_port>;

} // namespace troupe

TROUPE_COMPILED(troupe::v1::TaskStart)
TROUPE_COMPILED(troupe::v1::TaskCancel)
TROUPE_COMPILED(troupe::v1::TaskPause)
TROUPE_COMPILED(troupe::v1::TaskResume)
TROUPE_COMPILED(troupe::v1::TaskStarted)
TROUPE_COMPILED(troupe::v1::TaskParked)
TROUPE_COMPILED(troupe::v1::TaskProgress)
TROUPE_COMPILED(troupe::v1::TaskFinished, troupe::payload)
TROUPE_COMPILED(troupe::v1::GroupJoin)
TROUPE_COMPILED(troupe::v1::GroupResult, troupe::payloads)
TROUPE_COMPILED(troupe::v1::GroupResult)
TROUPE_COMPILED(troupe::v1::GroupCancel)
TROUPE_COMPILED(troupe::v1::GroupAwaitCancel)
TROUPE_COMPILED(troupe::v1::GroupCancelled)
TROUPE_COMPILED(troupe::v1::GroupPause)
TROUPE_COMPILED(troupe::v1::GroupPaused)
TROUPE_COMPILED(troupe::v1::GroupResume)
TROUPE_COMPILED(troupe::v1::GroupResumed)
TROUPE_COMPILED(troupe::v1::GroupGetProgress)
TROUPE_COMPILED(troupe::v1::GroupProgress)
TROUPE_COMPILED(troupe::v1::GroupClose)
TROUPE_COMPILED(troupe::v1::GroupWatch, troupe::progress_watcher)
