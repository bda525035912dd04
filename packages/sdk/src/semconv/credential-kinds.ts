/** What kinds of credential are told apart: the word in a placeholder, and the reason of an incident. */

/**
 * The kinds of credential that redaction tells apart. The set is closed: they are metric labels. Where a provider's keys can be told by their looks,
 * the kind names who has to issue a new one; the others name the place that a credential stood in.
 */
export const CREDENTIAL_KINDS = [
  // Told by their looks, or by the name that they stand behind.
  "anthropic_key",
  "aws_key",
  "azure_key",
  "databricks_token",
  "datadog_key",
  "digitalocean_token",
  "discord_token",
  "docker_token",
  "github_token",
  "gitlab_token",
  "google_key",
  "grafana_token",
  "heroku_key",
  "huggingface_token",
  "jwt",
  "line_token",
  "mailgun_key",
  "new_relic_key",
  "npm_token",
  "openai_key",
  "private_key",
  "pypi_token",
  "sendgrid_key",
  "sentry_token",
  "slack_token",
  "stripe_key",
  "telegram_token",
  "twilio_key",
  // Any other service whose tokens have a prefix of their own.
  "service_token",
  // Told by where they stand.
  "api_key",
  "authorization",
  "cookie",
  "password",
  "secret",
  "token",
  "url_credentials",
  "url_parameter",
  "webhook_url",
] as const;
/** A kind of credential. */
export type CredentialKind = (typeof CREDENTIAL_KINDS)[number];

/** Where a credential was on its way out. */
export const REDACTION_PLACES = ["span", "row", "event", "record", "diagnostic"] as const;
/** Where a credential was on its way out. */
export type RedactionPlace = (typeof REDACTION_PLACES)[number];
