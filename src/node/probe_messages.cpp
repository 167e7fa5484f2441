// See probe_messages.h.
#include "node/probe_messages.h"

DESCRIBE(node::health::CheckRequest, "", FIELD(service, 1))
DESCRIBE(node::health::CheckResponse, "", FIELD(status, 1))
