// What each field of lease.h means, and how it is written, merged and defaulted.
#include "model/kinds/coordination/v1/lease.h"

DESCRIBE(coordination::v1::LeaseSpec, "",
    FIELD(holderIdentity, 1),
    FIELD(leaseDurationSeconds, 2),
    FIELD(acquireTime, 3),
    FIELD(renewTime, 4),
    FIELD(leaseTransitions, 5),
    FIELD(strategy, 6),
    FIELD(preferredHolder, 7))

DESCRIBE(coordination::v1::Lease, "",
    FIELD(metadata, 1, "The name, labels and bookkeeping of the object."),
    FIELD(spec, 2))
