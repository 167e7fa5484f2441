// What each field of lease.h means, and how it is written, merged and defaulted.
#include "model/kinds/coordination/v1/lease.h"

DESCRIBE(coordination::v1::LeaseSpec, "Who holds the lease and until when.",
         FIELD(holderIdentity, 1, "Who holds the lease; empty when nobody does."),
         FIELD(leaseDurationSeconds, 2, "For how many seconds after renewTime the lease counts."),
         FIELD(acquireTime, 3, "When the present holder took the lease."),
         FIELD(renewTime, 4, "When the holder last renewed the lease."),
         FIELD(leaseTransitions, 5, "How often the holder has changed."),
         FIELD(strategy, 6, "How a leader is picked among candidates."),
         FIELD(preferredHolder, 7, "Who should take the lease next; the holder then gives it up."))

DESCRIBE(coordination::v1::Lease,
         "A claim to a role that ends unless renewed: leader election and node heartbeats.",
         FIELD(metadata, 1, "The name, labels and bookkeeping of the object."),
         FIELD(spec, 2, "Who holds it and until when."))
