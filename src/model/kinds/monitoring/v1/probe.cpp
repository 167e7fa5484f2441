// What each field of probe.h means.
#include "model/kinds/monitoring/v1/probe.h"

DESCRIBE(monitoring::v1::ProberSpec, "Who looks at the addresses.",
         FIELD(url, 1, required, "Its address, as host:port."),
         FIELD(scheme, 2, values("http|https|HTTP|HTTPS"), "http or https."),
         FIELD(path, 3, fallback(R"("/probe")"), "The path."), FIELD(proxy, 4, inlined))

DESCRIBE(monitoring::v1::ProbeTargetStaticConfig, "Addresses that are named one by one.",
         FIELD(static_, 1, "The addresses."), FIELD(labels, 2, "Labels that all of them get."),
         FIELD(relabelingConfigs, 3, "Rules for the targets."))

DESCRIBE(monitoring::v1::ProbeTargets, "What is looked at.", FIELD(staticConfig, 1, "Addresses by name."))

DESCRIBE(monitoring::v1::ProbeSpec, "What is looked at, by whom, and how.",
         FIELD(jobName, 1, "The label job of what is measured."),
         FIELD(prober, 2, "Who looks at the addresses."), FIELD(module, 3, "The module of the prober."),
         FIELD(targets, 4, "What is looked at."), FIELD(interval, 5, "How often."),
         FIELD(scrapeTimeout, 6, "How long an answer may take."), FIELD(tlsConfig, 7, "How TLS is spoken."),
         FIELD(bearerTokenSecret, 8, "The key of a Secret with a bearer token."),
         FIELD(basicAuth, 9, "User name and password."), FIELD(oauth2, 10, "A token by client credentials."),
         FIELD(metricRelabelings, 11, "Rules for the samples."),
         FIELD(authorization, 12, "The header Authorization."), FIELD(limits, 13, inlined))

DESCRIBE(monitoring::v1::Probe, "Addresses that are looked at by way of a prober.",
         FIELD(metadata, 1, "The name, labels and bookkeeping of the object."),
         FIELD(spec, 2, required, "What is looked at, by whom, and how."))
