// What each field of scraping.h means. The operator's objects have no protobuf form upstream; the numbers are
// ours.
#include "model/kinds/monitoring/v1/scraping.h"

DESCRIBE(
    monitoring::v1::RelabelConfig, "A rule that changes or drops label sets, as Prometheus has them.",
    FIELD(sourceLabels, 1, "Labels whose values are joined and matched."),
    FIELD(separator, 2, "What stands between the joined values; a semicolon by default."),
    FIELD(targetLabel, 3, "The label that gets the result."),
    FIELD(regex, 4, "The expression that the joined values must match as a whole."),
    FIELD(modulus, 5, "The modulus of the hash of the values, for hashmod."),
    FIELD(replacement, 6, "The new value; $1 stands for a group of the expression."),
    FIELD(action, 7, fallback(R"("replace")"),
          values("replace|Replace|keep|Keep|drop|Drop|hashmod|HashMod|labelmap|LabelMap|labeldrop|LabelDrop|"
                 "labelkeep|LabelKeep|lowercase|Lowercase|uppercase|Uppercase|keepequal|KeepEqual|dropequal|"
                 "DropEqual"),
          "What is done."))

DESCRIBE(monitoring::v1::SecretOrConfigMap, "A value in a Secret or a ConfigMap of the object's namespace.",
         FIELD(secret, 1, "A key of a Secret."), FIELD(configMap, 2, "A key of a ConfigMap."))

DESCRIBE(monitoring::v1::SafeTLSConfig, "How TLS is spoken, with certificates from Secrets and ConfigMaps.",
         FIELD(ca, 1, "The authorities that the server's certificate is checked with."),
         FIELD(cert, 2, "The client's certificate."), FIELD(keySecret, 3, "The client's private key."),
         FIELD(serverName, 4, "The name that the server's certificate must have."),
         FIELD(insecureSkipVerify, 5, "Whether any certificate will do."),
         FIELD(minVersion, 6, values("TLS10|TLS11|TLS12|TLS13"), "The oldest version that is spoken."),
         FIELD(maxVersion, 7, values("TLS10|TLS11|TLS12|TLS13"), "The newest version that is spoken."))

DESCRIBE(monitoring::v1::TLSConfig, "How TLS is spoken.", FIELD(safe, 1, inlined),
         FIELD(caFile, 2, "A file of the server; not read here."),
         FIELD(certFile, 3, "A file of the server; not read here."),
         FIELD(keyFile, 4, "A file of the server; not read here."))

DESCRIBE(monitoring::v1::BasicAuth, "A user name and a password, each in a Secret.",
         FIELD(username, 1, "The key with the name."), FIELD(password, 2, "The key with the password."))

DESCRIBE(monitoring::v1::SafeAuthorization, "The header Authorization.",
         FIELD(type, 1, "The first word of the header; Bearer by default, Basic is not allowed."),
         FIELD(credentials, 2, "The key of a Secret with the rest."))

DESCRIBE(monitoring::v1::OAuth2, "Client credentials that are exchanged for a token.",
         FIELD(clientId, 1, required, "Who the client is."),
         FIELD(clientSecret, 2, required, "The key of a Secret with what proves it."),
         FIELD(tokenUrl, 3, required, "Where tokens are given."), FIELD(scopes, 4, "What the token is for."),
         FIELD(endpointParams, 5, "Further parameters of the request for a token."),
         FIELD(tlsConfig, 6, "How the giver of tokens is spoken to."))

DESCRIBE(monitoring::v1::ProxyConfig, "A proxy on the way; not supported here.",
         FIELD(proxyUrl, 1, "The proxy."), FIELD(noProxy, 2, "Addresses that are reached without it."),
         FIELD(proxyFromEnvironment, 3, "Whether the process' environment names the proxy."))

DESCRIBE(monitoring::v1::ParameterValues, "The values of one parameter.", FIELD(items, 1, inlined))

DESCRIBE(monitoring::v1::ScrapeSettings, "How an endpoint is scraped.",
         FIELD(path, 1, "The path; /metrics by default."),
         FIELD(scheme, 2, values("http|https|HTTP|HTTPS"), "http or https."),
         FIELD(params, 3, "Parameters of the request."),
         FIELD(interval, 4, "How often; the server's default when empty."),
         FIELD(scrapeTimeout, 5, "How long an answer may take."),
         FIELD(honorLabels, 6, "Whether labels of the page win over those of the target."),
         FIELD(honorTimestamps, 7, "Whether times that the page gives are kept."),
         FIELD(trackTimestampsStaleness, 8, "Whether series with times of the page become stale at once."),
         FIELD(metricRelabelings, 9, "Rules for the samples."),
         FIELD(relabelings, 10, "Rules for the targets."),
         FIELD(filterRunning, 11, "Whether pods that have ended are left out; true by default."),
         FIELD(basicAuth, 12, "User name and password."),
         FIELD(authorization, 13, "The header Authorization."),
         FIELD(oauth2, 14, "A token by client credentials."),
         FIELD(bearerTokenSecret, 15, deprecated, "The key of a Secret with a bearer token."),
         FIELD(followRedirects, 16, "Whether redirects are followed."),
         FIELD(enableHttp2, 17, "Whether HTTP/2 may be spoken."), FIELD(proxy, 18, inlined))

DESCRIBE(monitoring::v1::NamespaceSelector, "Namespaces; the object's own when it is empty.",
         FIELD(any, 1, "All of them."), FIELD(matchNames, 2, "Those with these names."))

DESCRIBE(monitoring::v1::AttachMetadata, "What targets get beside their own labels.",
         FIELD(node, 1, "The labels of the pod's node."))

DESCRIBE(monitoring::v1::MonitorLimits, "Limits and forms for all endpoints.",
         FIELD(sampleLimit, 1, "Most samples of a scrape."), FIELD(targetLimit, 2, "Most targets."),
         FIELD(scrapeProtocols, 3, list_type("set"), "The formats that are asked for, the best first."),
         FIELD(fallbackScrapeProtocol, 4, "The format of a page that does not tell."),
         FIELD(scrapeNativeHistograms, 5, "Whether native histograms are taken."),
         FIELD(scrapeClassicHistograms, 6, "Whether the classic form of a native histogram is taken too."),
         FIELD(nativeHistogramBucketLimit, 7, "Most buckets of a native histogram."),
         FIELD(nativeHistogramMinBucketFactor, 8, "The least growth of buckets; it has no effect here."),
         FIELD(convertClassicHistogramsToNHCB, 9,
               "Whether classic histograms become native ones; no effect."),
         FIELD(labelLimit, 10, "Most labels of a sample."),
         FIELD(labelNameLengthLimit, 11, "The longest name of a label."),
         FIELD(labelValueLengthLimit, 12, "The longest value of a label."),
         FIELD(keepDroppedTargets, 13, "Most dropped targets that are shown."),
         FIELD(bodySizeLimit, 14, "The largest page, such as 10MB."),
         FIELD(attachMetadata, 15, "What targets get beside their own labels."),
         FIELD(scrapeClass, 16, "A class of the operator's Prometheus; it has no meaning here."))
