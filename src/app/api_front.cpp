// Puts the parts of one loop together.
#include "app/api_front.h"

namespace aloft::app {

ApiFront::ApiFront(io::EpollLoop& loop, const ApiBack& back)
    : loop_(loop),
      events_(back.registry.clock()),
      nodes_(loop, back.registry, random_, back.agent_tls, back.plain_tls),
      handler_(api::ServerParts{loop, random_, back.registry, back.authentication, back.actions, events_,
                                back.discovery, back.openapi, &nodes_, back.metrics, back.checks,
                                back.custom_metrics}) {}

}  // namespace aloft::app
