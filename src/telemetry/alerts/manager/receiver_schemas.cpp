// The tables of fields. One line a field.
#include "telemetry/alerts/manager/receiver_schemas.h"

namespace aloft::telemetry::alerts {
namespace {

using T = FieldType;

constexpr FieldSpec tls_fields[] = {{"ca"},
                                    {"cert"},
                                    {"key", T::secret},
                                    {"ca_file"},
                                    {"cert_file"},
                                    {"key_file"},
                                    {"ca_ref"},
                                    {"cert_ref"},
                                    {"key_ref"},
                                    {"server_name"},
                                    {"insecure_skip_verify", T::boolean},
                                    {"min_version"},
                                    {"max_version"}};
constexpr Schema tls_schema{"config.TLSConfig", tls_fields};

constexpr FieldSpec basic_auth_fields[] = {{"username"},      {"username_file"},
                                           {"username_ref"},  {"password", T::secret},
                                           {"password_file"}, {"password_ref"}};
constexpr Schema basic_auth_schema{"config.BasicAuth", basic_auth_fields};

constexpr FieldSpec authorization_fields[] = {
    {"type"}, {"credentials", T::secret}, {"credentials_file"}, {"credentials_ref"}};
constexpr Schema authorization_schema{"config.Authorization", authorization_fields};

constexpr FieldSpec oauth2_fields[] = {{"client_id"},
                                       {"client_secret", T::secret},
                                       {"client_secret_file"},
                                       {"client_secret_ref"},
                                       {"client_certificate_key_id"},
                                       {"client_certificate_key", T::secret},
                                       {"client_certificate_key_file"},
                                       {"client_certificate_key_ref"},
                                       {"grant_type"},
                                       {"signature_algorithm"},
                                       {"iss"},
                                       {"audience"},
                                       {"claims", T::any},
                                       {"scopes", T::text_list},
                                       {"token_url"},
                                       {"endpoint_params", T::text_map},
                                       {"tls_config", T::section, &tls_schema},
                                       {"proxy_url", T::text},
                                       {"no_proxy"},
                                       {"proxy_from_environment", T::boolean},
                                       {"proxy_connect_header", T::secret_map}};
constexpr Schema oauth2_schema{"config.OAuth2", oauth2_fields};

constexpr FieldSpec http_fields[] = {{"basic_auth", T::section, &basic_auth_schema},
                                     {"authorization", T::section, &authorization_schema},
                                     {"oauth2", T::section, &oauth2_schema},
                                     {"bearer_token", T::secret},
                                     {"bearer_token_file"},
                                     {"tls_config", T::section, &tls_schema},
                                     {"follow_redirects", T::boolean},
                                     {"enable_http2", T::boolean},
                                     {"proxy_url", T::text},
                                     {"no_proxy"},
                                     {"proxy_from_environment", T::boolean},
                                     {"proxy_connect_header", T::secret_map},
                                     {"http_headers", T::secret_map}};
constexpr Schema http_schema{"config.HTTPClientConfig", http_fields};

constexpr FieldSpec global_fields[] = {{"resolve_timeout", T::duration},
                                       {"http_config", T::section, &http_schema},
                                       {"jira_api_url", T::url},
                                       {"smtp_from"},
                                       {"smtp_hello"},
                                       {"smtp_smarthost"},
                                       {"smtp_auth_username"},
                                       {"smtp_auth_password", T::secret},
                                       {"smtp_auth_password_file"},
                                       {"smtp_auth_secret", T::secret},
                                       {"smtp_auth_secret_file"},
                                       {"smtp_auth_identity"},
                                       {"smtp_require_tls", T::boolean},
                                       {"smtp_tls_config", T::section, &tls_schema},
                                       {"smtp_force_implicit_tls", T::boolean},
                                       {"slack_api_url", T::secret_url},
                                       {"slack_api_url_file"},
                                       {"slack_app_token", T::secret},
                                       {"slack_app_token_file"},
                                       {"slack_app_url", T::url},
                                       {"pagerduty_url", T::url},
                                       {"opsgenie_api_url", T::url},
                                       {"opsgenie_api_key", T::secret},
                                       {"opsgenie_api_key_file"},
                                       {"wechat_api_url", T::url},
                                       {"wechat_api_secret", T::secret},
                                       {"wechat_api_secret_file"},
                                       {"wechat_api_corp_id"},
                                       {"victorops_api_url", T::url},
                                       {"victorops_api_key", T::secret},
                                       {"victorops_api_key_file"},
                                       {"telegram_api_url", T::url},
                                       {"telegram_bot_token", T::secret},
                                       {"telegram_bot_token_file"},
                                       {"webex_api_url", T::url},
                                       {"rocketchat_api_url", T::url},
                                       {"rocketchat_token", T::secret},
                                       {"rocketchat_token_file"},
                                       {"rocketchat_token_id", T::secret},
                                       {"rocketchat_token_id_file"},
                                       {"mattermost_webhook_url", T::secret_url},
                                       {"mattermost_webhook_url_file"}};
constexpr Schema global{"config.GlobalConfig", global_fields};

constexpr FieldSpec threading_fields[] = {{"enabled", T::boolean}, {"thread_by_date"}};
constexpr Schema threading_schema{"config.ThreadingConfig", threading_fields};

constexpr FieldSpec email_fields[] = {{"send_resolved", T::boolean},
                                      {"to"},
                                      {"from"},
                                      {"hello"},
                                      {"smarthost"},
                                      {"auth_username"},
                                      {"auth_password", T::secret},
                                      {"auth_password_file"},
                                      {"auth_secret", T::secret},
                                      {"auth_secret_file"},
                                      {"auth_identity"},
                                      {"headers", T::text_map},
                                      {"html"},
                                      {"text"},
                                      {"require_tls", T::boolean},
                                      {"tls_config", T::section, &tls_schema},
                                      {"force_implicit_tls", T::boolean},
                                      {"threading", T::section, &threading_schema}};
constexpr Schema email_schema{"config.EmailConfig", email_fields};

constexpr FieldSpec confirm_fields[] = {{"text"}, {"title"}, {"ok_text"}, {"dismiss_text"}};
constexpr Schema confirm_schema{"config.SlackConfirmationField", confirm_fields};
constexpr FieldSpec action_fields[] = {
    {"type"}, {"text"}, {"url"}, {"style"}, {"name"}, {"value"}, {"confirm", T::section, &confirm_schema}};
constexpr Schema action_schema{"config.SlackAction", action_fields};
constexpr FieldSpec field_fields[] = {{"title"}, {"value"}, {"short", T::boolean}};
constexpr Schema field_schema{"config.SlackField", field_fields};

constexpr FieldSpec slack_fields[] = {{"send_resolved", T::boolean},
                                      {"http_config", T::section, &http_schema},
                                      {"api_url", T::secret_url},
                                      {"api_url_file"},
                                      {"app_token", T::secret},
                                      {"app_token_file"},
                                      {"app_url", T::url},
                                      {"channel"},
                                      {"username"},
                                      {"color"},
                                      {"title"},
                                      {"title_link"},
                                      {"pretext"},
                                      {"text"},
                                      {"message_text"},
                                      {"fields", T::sections, &field_schema},
                                      {"short_fields", T::boolean},
                                      {"footer"},
                                      {"fallback"},
                                      {"callback_id"},
                                      {"icon_emoji"},
                                      {"icon_url"},
                                      {"image_url"},
                                      {"thumb_url"},
                                      {"link_names", T::boolean},
                                      {"mrkdwn_in", T::text_list},
                                      {"actions", T::sections, &action_schema},
                                      {"update_message", T::boolean},
                                      {"timeout", T::duration}};
constexpr Schema slack_schema{"config.SlackConfig", slack_fields};

constexpr FieldSpec webhook_fields[] = {{"send_resolved", T::boolean},
                                        {"http_config", T::section, &http_schema},
                                        {"url", T::template_url},
                                        {"url_file"},
                                        {"max_alerts", T::integer},
                                        {"timeout", T::duration},
                                        {"payload", T::any}};
constexpr Schema webhook_schema{"webhook.WebhookConfig", webhook_fields};

constexpr FieldSpec link_fields[] = {{"href"}, {"text"}};
constexpr Schema link_schema{"pagerduty.PagerdutyLink", link_fields};
constexpr FieldSpec image_fields[] = {{"src"}, {"alt"}, {"href"}};
constexpr Schema image_schema{"pagerduty.PagerdutyImage", image_fields};
constexpr FieldSpec pagerduty_fields[] = {{"send_resolved", T::boolean},
                                          {"http_config", T::section, &http_schema},
                                          {"service_key", T::secret},
                                          {"service_key_file"},
                                          {"routing_key", T::secret},
                                          {"routing_key_file"},
                                          {"url", T::url},
                                          {"client"},
                                          {"client_url"},
                                          {"description"},
                                          {"details", T::any},
                                          {"images", T::sections, &image_schema},
                                          {"links", T::sections, &link_schema},
                                          {"source"},
                                          {"severity"},
                                          {"class"},
                                          {"component"},
                                          {"group"},
                                          {"timeout", T::duration}};
constexpr Schema pagerduty_schema{"pagerduty.PagerdutyConfig", pagerduty_fields};

constexpr FieldSpec responder_fields[] = {{"id"}, {"name"}, {"username"}, {"type"}};
constexpr Schema responder_schema{"opsgenie.OpsGenieConfigResponder", responder_fields};
constexpr FieldSpec opsgenie_fields[] = {{"send_resolved", T::boolean},
                                         {"http_config", T::section, &http_schema},
                                         {"api_key", T::secret},
                                         {"api_key_file"},
                                         {"api_url", T::url},
                                         {"message"},
                                         {"description"},
                                         {"source"},
                                         {"details", T::text_map},
                                         {"entity"},
                                         {"responders", T::sections, &responder_schema},
                                         {"actions"},
                                         {"tags"},
                                         {"note"},
                                         {"priority"},
                                         {"update_alerts", T::boolean}};
constexpr Schema opsgenie_schema{"opsgenie.OpsGenieConfig", opsgenie_fields};

constexpr FieldSpec wechat_fields[] = {{"send_resolved", T::boolean},
                                       {"http_config", T::section, &http_schema},
                                       {"api_secret", T::secret},
                                       {"api_secret_file"},
                                       {"corp_id"},
                                       {"message"},
                                       {"api_url", T::url},
                                       {"to_user"},
                                       {"to_party"},
                                       {"to_tag"},
                                       {"agent_id"},
                                       {"message_type"}};
constexpr Schema wechat_schema{"config.WechatConfig", wechat_fields};

constexpr FieldSpec victorops_fields[] = {{"send_resolved", T::boolean},
                                          {"http_config", T::section, &http_schema},
                                          {"api_key", T::secret},
                                          {"api_key_file"},
                                          {"api_url", T::url},
                                          {"routing_key"},
                                          {"message_type"},
                                          {"state_message"},
                                          {"entity_display_name"},
                                          {"monitoring_tool"},
                                          {"custom_fields", T::text_map}};
constexpr Schema victorops_schema{"config.VictorOpsConfig", victorops_fields};

constexpr FieldSpec pushover_fields[] = {{"send_resolved", T::boolean},
                                         {"http_config", T::section, &http_schema},
                                         {"user_key", T::secret},
                                         {"user_key_file"},
                                         {"token", T::secret},
                                         {"token_file"},
                                         {"title"},
                                         {"message"},
                                         {"url"},
                                         {"url_title"},
                                         {"device"},
                                         {"sound"},
                                         {"priority"},
                                         {"retry", T::duration},
                                         {"expire", T::duration},
                                         {"ttl", T::duration},
                                         {"html", T::boolean},
                                         {"monospace", T::boolean}};
constexpr Schema pushover_schema{"pushover.PushoverConfig", pushover_fields};

constexpr FieldSpec sigv4_fields[] = {{"region"},
                                      {"access_key"},
                                      {"secret_key", T::secret},
                                      {"profile"},
                                      {"role_arn"},
                                      {"external_id"},
                                      {"use_fips_sts_endpoint", T::boolean}};
constexpr Schema sigv4_schema{"sigv4.SigV4Config", sigv4_fields};
constexpr FieldSpec sns_fields[] = {{"send_resolved", T::boolean},
                                    {"http_config", T::section, &http_schema},
                                    {"api_url"},
                                    {"sigv4", T::section, &sigv4_schema},
                                    {"topic_arn"},
                                    {"phone_number"},
                                    {"target_arn"},
                                    {"subject"},
                                    {"message"},
                                    {"attributes", T::text_map},
                                    {"use_aws_http_client", T::boolean}};
constexpr Schema sns_schema{"sns.SNSConfig", sns_fields};

constexpr FieldSpec telegram_fields[] = {{"send_resolved", T::boolean},
                                         {"http_config", T::section, &http_schema},
                                         {"api_url", T::url},
                                         {"bot_token", T::secret},
                                         {"bot_token_file"},
                                         {"chat_id", T::integer},
                                         {"chat_id_file"},
                                         {"message_thread_id", T::integer},
                                         {"message"},
                                         {"disable_notifications", T::boolean},
                                         {"parse_mode"}};
constexpr Schema telegram_schema{"telegram.TelegramConfig", telegram_fields};

constexpr FieldSpec discord_fields[] = {{"send_resolved", T::boolean},
                                        {"http_config", T::section, &http_schema},
                                        {"webhook_url", T::secret_url},
                                        {"webhook_url_file"},
                                        {"content"},
                                        {"title"},
                                        {"message"},
                                        {"username"},
                                        {"avatar_url"}};
constexpr Schema discord_schema{"discord.DiscordConfig", discord_fields};

constexpr FieldSpec webex_fields[] = {{"send_resolved", T::boolean},
                                      {"http_config", T::section, &http_schema},
                                      {"api_url", T::url},
                                      {"message"},
                                      {"room_id"}};
constexpr Schema webex_schema{"config.WebexConfig", webex_fields};

constexpr FieldSpec msteams_fields[] = {{"send_resolved", T::boolean},
                                        {"http_config", T::section, &http_schema},
                                        {"webhook_url", T::secret_url},
                                        {"webhook_url_file"},
                                        {"title"},
                                        {"summary"},
                                        {"text"}};
constexpr Schema msteams_schema{"msteams.MSTeamsConfig", msteams_fields};
constexpr FieldSpec msteamsv2_fields[] = {{"send_resolved", T::boolean},
                                          {"http_config", T::section, &http_schema},
                                          {"webhook_url", T::secret_url},
                                          {"webhook_url_file"},
                                          {"title"},
                                          {"text"}};
constexpr Schema msteamsv2_schema{"msteamsv2.MSTeamsV2Config", msteamsv2_fields};

constexpr FieldSpec jira_text_fields[] = {{"template"}, {"enable_update", T::boolean}};
constexpr Schema jira_text_schema{"jira.JiraFieldConfig", jira_text_fields};
constexpr FieldSpec jira_fields[] = {{"send_resolved", T::boolean},
                                     {"http_config", T::section, &http_schema},
                                     {"api_url", T::url},
                                     {"api_type"},
                                     {"project"},
                                     {"summary", T::text_or_section, &jira_text_schema},
                                     {"description", T::text_or_section, &jira_text_schema},
                                     {"labels", T::text_list},
                                     {"priority"},
                                     {"issue_type"},
                                     {"reopen_transition"},
                                     {"resolve_transition"},
                                     {"wont_fix_resolution"},
                                     {"reopen_duration", T::duration},
                                     {"fields", T::any}};
constexpr Schema jira_schema{"jira.JiraConfig", jira_fields};

constexpr FieldSpec incidentio_fields[] = {{"send_resolved", T::boolean},
                                           {"http_config", T::section, &http_schema},
                                           {"url", T::url},
                                           {"url_file"},
                                           {"alert_source_token", T::secret},
                                           {"alert_source_token_file"},
                                           {"max_alerts", T::integer},
                                           {"timeout", T::duration}};
constexpr Schema incidentio_schema{"incidentio.IncidentioConfig", incidentio_fields};

constexpr FieldSpec rocket_action_fields[] = {{"type"},
                                              {"text"},
                                              {"url"},
                                              {"image_url"},
                                              {"is_webview", T::boolean},
                                              {"webview_height_ratio"},
                                              {"msg"},
                                              {"msg_in_chat_window", T::boolean},
                                              {"msg_processing_type"}};
constexpr Schema rocket_action_schema{"rocketchat.RocketchatAttachmentAction", rocket_action_fields};
constexpr FieldSpec rocketchat_fields[] = {{"send_resolved", T::boolean},
                                           {"http_config", T::section, &http_schema},
                                           {"api_url", T::url},
                                           {"token_id", T::secret},
                                           {"token_id_file"},
                                           {"token", T::secret},
                                           {"token_file"},
                                           {"channel"},
                                           {"color"},
                                           {"title"},
                                           {"title_link"},
                                           {"text"},
                                           {"fields", T::sections, &field_schema},
                                           {"short_fields", T::boolean},
                                           {"emoji"},
                                           {"icon_url"},
                                           {"image_url"},
                                           {"thumb_url"},
                                           {"link_names", T::boolean},
                                           {"actions", T::sections, &rocket_action_schema}};
constexpr Schema rocketchat_schema{"rocketchat.RocketchatConfig", rocketchat_fields};

constexpr FieldSpec attachment_fields[] = {
    {"fallback"},    {"color"},       {"pretext"},     {"text"},       {"author_name"},
    {"author_link"}, {"author_icon"}, {"title"},       {"title_link"}, {"fields", T::sections, &field_schema},
    {"thumb_url"},   {"footer"},      {"footer_icon"}, {"image_url"}};
constexpr Schema attachment_schema{"mattermost.MattermostAttachment", attachment_fields};
constexpr FieldSpec props_fields[] = {{"card"}};
constexpr Schema props_schema{"mattermost.MattermostProps", props_fields};
constexpr FieldSpec priority_fields[] = {
    {"priority"}, {"requested_ack", T::boolean}, {"persistent_notifications", T::boolean}};
constexpr Schema priority_schema{"mattermost.MattermostPriority", priority_fields};
constexpr FieldSpec mattermost_fields[] = {{"send_resolved", T::boolean},
                                           {"http_config", T::section, &http_schema},
                                           {"webhook_url", T::secret_url},
                                           {"webhook_url_file"},
                                           {"channel"},
                                           {"username"},
                                           {"text"},
                                           {"fallback"},
                                           {"color"},
                                           {"pretext"},
                                           {"author_name"},
                                           {"author_link"},
                                           {"author_icon"},
                                           {"title"},
                                           {"title_link"},
                                           {"fields", T::sections, &field_schema},
                                           {"thumb_url"},
                                           {"footer"},
                                           {"footer_icon"},
                                           {"image_url"},
                                           {"icon_url"},
                                           {"icon_emoji"},
                                           {"attachments", T::sections, &attachment_schema},
                                           {"type"},
                                           {"props", T::section, &props_schema},
                                           {"priority", T::section, &priority_schema}};
constexpr Schema mattermost_schema{"mattermost.MattermostConfig", mattermost_fields};

constexpr ReceiverKind known_receiver_kinds[] = {
    {"discord", "discord_configs", &discord_schema, true},
    {"email", "email_configs", &email_schema, false},
    {"incidentio", "incidentio_configs", &incidentio_schema, true},
    {"pagerduty", "pagerduty_configs", &pagerduty_schema, true},
    {"slack", "slack_configs", &slack_schema, false},
    {"webhook", "webhook_configs", &webhook_schema, true},
    {"opsgenie", "opsgenie_configs", &opsgenie_schema, true},
    {"wechat", "wechat_configs", &wechat_schema, false},
    {"pushover", "pushover_configs", &pushover_schema, true},
    {"victorops", "victorops_configs", &victorops_schema, true},
    {"sns", "sns_configs", &sns_schema, true},
    {"telegram", "telegram_configs", &telegram_schema, true},
    {"webex", "webex_configs", &webex_schema, true},
    {"msteams", "msteams_configs", &msteams_schema, true},
    {"msteamsv2", "msteamsv2_configs", &msteamsv2_schema, true},
    {"jira", "jira_configs", &jira_schema, true},
    {"rocketchat", "rocketchat_configs", &rocketchat_schema, false},
    {"mattermost", "mattermost_configs", &mattermost_schema, true}};

}  // namespace

std::span<const ReceiverKind> receiver_kinds() { return known_receiver_kinds; }
const Schema& global_schema() { return global; }
const Schema& http_client_schema() { return http_schema; }

}  // namespace aloft::telemetry::alerts
