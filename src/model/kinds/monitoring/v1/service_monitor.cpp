// What each field of service_monitor.h means.
#include "model/kinds/monitoring/v1/service_monitor.h"

DESCRIBE(monitoring::v1::Endpoint, "A port of the services that is scraped.",
         FIELD(port, 1, "The name of the service's port."),
         FIELD(targetPort, 2, "The port of the pods, where no port of the service is named."),
         FIELD(scrape, 3, inlined), FIELD(tlsConfig, 4, "How TLS is spoken."),
         FIELD(bearerTokenFile, 5, deprecated, "A file of the server; not read here."))

DESCRIBE(monitoring::v1::ServiceMonitorSpec, "Which services are scraped, and how.",
         FIELD(jobLabel, 1, "The label of the service whose value becomes the label job."),
         FIELD(targetLabels, 2, "Labels of the service that targets get."),
         FIELD(podTargetLabels, 3, "Labels of the pod that targets get."),
         FIELD(endpoints, 4, required, "The ports that are scraped."),
         FIELD(selector, 5, required, "The labels of the services."),
         FIELD(selectorMechanism, 6, values("RelabelConfig|RoleSelector"),
               "How services are chosen; the result is the same."),
         FIELD(namespaceSelector, 7, "The namespaces of the services."),
         FIELD(serviceDiscoveryRole, 8, values("Endpoints|EndpointSlice"), "Where addresses are found."),
         FIELD(limits, 9, inlined))

DESCRIBE(monitoring::v1::ServiceMonitor, "Services of this cloud whose endpoints are scraped.",
         FIELD(metadata, 1, "The name, labels and bookkeeping of the object."),
         FIELD(spec, 2, required, "Which services are scraped, and how."))
