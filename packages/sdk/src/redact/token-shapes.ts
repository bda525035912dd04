/** Credentials that are told by their looks alone: the prefixes that services give their tokens, for just this purpose. */
import type { CredentialKind } from "../semconv/index.ts";

/** One shape. */
export interface TokenShape {
  readonly kind: CredentialKind;
  /** How its tokens begin, letter by letter. */
  readonly starts: readonly string[];
  /**
   * What follows, as the source of a regular expression without captures. To stay linear in the text it needs no more than a look at what it takes:
   * bounded parts first, and an open end that takes the whole run, with nothing behind it.
   */
  readonly rest: string;
  /** Whether what the expression took is one, where an expression can not say. */
  readonly accepts?: ((token: string) => boolean) | undefined;
}

/** A digit and sixteen letters or digits in a row: what words joined by hyphens do not have. */
function hasRandomRun(token: string): boolean {
  return (token.match(/[A-Za-z0-9]{16,}/g) ?? []).some((run) => /\d/.test(run));
}

/** Two dots at least: a header and a payload. One part alone is JSON in base64, of which most is no credential. */
function hasThreeParts(token: string): boolean {
  return /^[^.]+\.[^.]+\.[^.]*/.test(token);
}

const shape = (
  kind: CredentialKind,
  starts: readonly string[],
  rest: string,
  accepts?: (token: string) => boolean,
): TokenShape => ({ kind, starts, rest, accepts });

/** The shapes, the narrower of two that share a prefix first. */
export const TOKEN_SHAPES: readonly TokenShape[] = [
  // Model providers.
  shape("anthropic_key", ["sk-ant-"], "[\\w-]{16,}"),
  shape("openai_key", ["sk-proj-", "sk-svcacct-", "sk-admin-", "sk-None-"], "[\\w-]{20,}"),
  shape("service_token", ["sk-or-v1-", "sk-lf-"], "[\\w-]{16,}"),
  shape("openai_key", ["sk-"], "[\\w-]{20,}", hasRandomRun),
  shape("huggingface_token", ["hf_", "api_org_"], "[A-Za-z0-9]{30,}"),
  shape("google_key", ["AIza"], "[\\w-]{35,}"),
  shape("google_key", ["ya29."], "[\\w.-]{20,}"),
  shape("google_key", ["GOCSPX-"], "[\\w-]{20,}"),
  shape("google_key", ["1//0"], "[\\w-]{30,}"),
  shape("google_key", ["AQ.Ab"], "[\\w-]{30,}"),
  shape("service_token", ["gsk_"], "[A-Za-z0-9]{40,}"),
  shape(
    "service_token",
    ["pplx-", "xai-", "nvapi-", "fw_", "tgp_v1_", "lsv2_pt_", "lsv2_sk_"],
    "[\\w-]{24,}",
    hasRandomRun,
  ),
  shape("service_token", ["r8_"], "[A-Za-z0-9]{36,}"),
  shape("service_token", ["tvly-"], "[\\w-]{24,}", hasRandomRun),
  // Source hosts.
  shape("github_token", ["ghp_", "gho_", "ghu_", "ghs_", "ghr_"], "[A-Za-z0-9_]{30,}"),
  shape("github_token", ["github_pat_"], "\\w{22,}"),
  shape(
    "gitlab_token",
    [
      "glpat-",
      "gloas-",
      "gldt-",
      "glrt-",
      "glrtr-",
      "glcbt-",
      "glptt-",
      "glft-",
      "glimt-",
      "glagent-",
      "glsoat-",
      "glffct-",
    ],
    "[\\w.-]{20,}",
  ),
  shape("gitlab_token", ["GR1348941"], "[\\w-]{20,}"),
  shape("service_token", ["ATATT3", "ATCTT3", "ATBB"], "[\\w=-]{24,}"),
  shape("service_token", ["sgp_"], "\\w{40,}"),
  // Package registries.
  shape("npm_token", ["npm_"], "[A-Za-z0-9]{30,}"),
  shape("pypi_token", ["pypi-"], "Ag[\\w-]{40,}"),
  shape("docker_token", ["dckr_pat_", "dckr_oat_"], "[\\w-]{20,}"),
  shape("service_token", ["rubygems_"], "[a-f0-9]{40,}"),
  shape("service_token", ["CLOJARS_"], "[a-zA-Z0-9]{50,}"),
  shape("service_token", ["oy2"], "[a-z0-9]{43}(?![A-Za-z0-9])"),
  shape("service_token", ["AKCp", "cmVmd"], "[A-Za-z0-9]{55,}"),
  // Clouds.
  shape("aws_key", ["AKIA", "ASIA", "ABIA", "ACCA"], "[A-Z0-9]{16}(?![A-Za-z0-9])"),
  shape("aws_key", ["ABSK"], "[A-Za-z0-9+/=]{80,}"),
  shape("aws_key", ["bedrock-api-key-"], "[A-Za-z0-9+/=_-]{24,}"),
  shape("service_token", ["LTAI"], "[A-Za-z0-9]{16,}"),
  shape("digitalocean_token", ["dop_v1_", "doo_v1_", "dor_v1_"], "[a-f0-9]{40,}"),
  shape("databricks_token", ["dapi"], "[a-f0-9]{32}(?:-\\d)?(?![A-Za-z0-9])"),
  shape("databricks_token", ["dose"], "[a-f0-9]{32}(?:-\\d)?(?![A-Za-z0-9])"),
  shape("heroku_key", ["HRKU-"], "[\\w-]{30,}"),
  shape("service_token", ["fo1_", "fm1r_", "fm1a_", "fm2_"], "[A-Za-z0-9+/=_-]{40,}"),
  shape("service_token", ["vcp_", "vci_", "vca_", "vcr_", "vck_"], "[A-Za-z0-9]{20,}"),
  shape("service_token", ["cfk_", "cfut_", "cfat_"], "[A-Za-z0-9]{40,}"),
  shape("service_token", ["v1.0-"], "[a-f0-9]{24}-[a-f0-9]{100,}"),
  shape("service_token", ["sbp_"], "[a-f0-9]{40,}"),
  shape("service_token", ["sb_secret_"], "[\\w-]{20,}"),
  shape("service_token", ["pscale_tkn_", "pscale_pw_", "pscale_oauth_"], "[\\w=.-]{30,}"),
  shape("service_token", ["napi_"], "[a-z0-9]{40,}"),
  shape("service_token", ["tskey-"], "[a-z]{2,12}-[\\w-]{16,}"),
  shape("service_token", ["nfp_"], "[A-Za-z0-9]{36,}"),
  shape("service_token", ["sha256~"], "[\\w-]{43,}"),
  // Secret stores and infrastructure.
  shape("service_token", ["hvs.", "hvb.", "hvr."], "[\\w-]{24,}"),
  shape("service_token", ["dp.pt.", "dp.st.", "dp.ct.", "dp.sa.", "dp.scim.", "dp.audit."], "[\\w.-]{30,}"),
  shape("service_token", ["pul-"], "[a-f0-9]{40,}"),
  shape("service_token", ["pnu_"], "[A-Za-z0-9]{36,}"),
  shape("service_token", ["ops_"], "eyJ[A-Za-z0-9+/=_-]{60,}"),
  shape("service_token", ["A3-"], "[A-Z0-9]{6}-[A-Z0-9]{6,11}-(?:[A-Z0-9]{5}-){2,3}[A-Z0-9]{5}"),
  shape("private_key", ["AGE-SECRET-KEY-1"], "[A-Z0-9]{40,}"),
  shape("private_key", ["AGE-SECRET-KEY-PQ-1"], "[A-Z0-9]{40,}"),
  shape("service_token", ["bkua_", "bkct_"], "[a-f0-9]{40,}"),
  shape("service_token", ["CCIPAT_", "CCIPRJ_"], "\\w{40,}"),
  // Observability.
  shape("grafana_token", ["glsa_"], "[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}"),
  shape("grafana_token", ["glc_"], "[A-Za-z0-9+/=]{32,}"),
  shape("grafana_token", ["eyJrIjoi"], "[A-Za-z0-9+/=_-]{40,}"),
  shape("new_relic_key", ["NRAK-", "NRJS-", "NRII-", "NRIQ-", "NRRA-", "NRSP-", "NRBR-"], "[\\w-]{19,}"),
  shape("sentry_token", ["sntrys_"], "[A-Za-z0-9+/=_-]{40,}"),
  shape("sentry_token", ["sntryu_"], "[a-f0-9]{40,}"),
  shape("service_token", ["dt0c01.", "dt0s01."], "[A-Z0-9]{20,}\\.[A-Z0-9]{50,}"),
  shape("service_token", ["phx_"], "\\w{40,}"),
  // Chat and mail.
  shape(
    "slack_token",
    ["xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-", "xoxo-", "xoxc-", "xoxd-", "xapp-"],
    "[\\w%+/-]{10,}",
  ),
  shape("slack_token", ["xoxe-", "xoxe."], "[\\w.-]{20,}"),
  shape("sendgrid_key", ["SG."], "[\\w-]{16,64}\\.[\\w-]{16,}"),
  shape("mailgun_key", ["key-"], "[a-f0-9]{32}(?![A-Za-z0-9])"),
  shape("twilio_key", ["SK"], "[a-f0-9]{32}(?![A-Za-z0-9])"),
  shape("service_token", ["xkeysib-", "xsmtpsib-"], "[\\w-]{40,}"),
  shape("service_token", ["re_"], "[A-Za-z0-9]{8}_[A-Za-z0-9]{20,}"),
  shape("service_token", ["EAAC", "EAAM", "EAAG", "EAAB"], "[A-Za-z0-9]{80,}"),
  shape("service_token", ["AAAAAAAAAAAAAAAAAAAAA"], "[A-Za-z0-9%]{60,}", (token) => token.includes("%")),
  // Payments and shops.
  shape("stripe_key", ["sk_live_", "sk_test_", "rk_live_", "rk_test_", "sk_prod_", "rk_prod_"], "[A-Za-z0-9]{10,}"),
  shape("stripe_key", ["whsec_"], "[A-Za-z0-9+/=]{24,}"),
  shape("service_token", ["shpat_", "shpca_", "shppa_", "shpss_"], "[a-fA-F0-9]{32,}"),
  shape("service_token", ["sq0atp-", "sq0csp-"], "[\\w-]{22,}"),
  shape("service_token", ["EAAA"], "[\\w-]{56,}"),
  shape("service_token", ["shippo_live_", "shippo_test_"], "[a-f0-9]{32,}"),
  shape("service_token", ["duffel_live_", "duffel_test_"], "[\\w=-]{40,}"),
  shape("service_token", ["EZAK", "EZTK"], "[A-Za-z0-9]{54,}"),
  shape("service_token", ["FLWSECK_TEST-", "FLWSECK-"], "[a-hA-H0-9]{12,}(?:-X)?"),
  shape("service_token", ["access_token$production$", "access_token$sandbox$"], "[a-z0-9]{8,}\\$[a-f0-9]{32,}"),
  // Work tools.
  shape("service_token", ["lin_api_", "lin_oauth_"], "\\w{32,}"),
  shape("service_token", ["ntn_"], "[A-Za-z0-9]{40,}"),
  shape("service_token", ["secret_"], "[A-Za-z0-9]{43,}", hasRandomRun),
  shape("service_token", ["figd_"], "[\\w-]{40,}"),
  shape("service_token", ["PMAK-"], "[a-f0-9]{24}-[a-f0-9]{30,}"),
  shape("service_token", ["rdme_"], "[a-z0-9]{60,}"),
  shape("service_token", ["API-"], "[A-Z0-9]{26,}(?![a-z-])"),
  shape("service_token", ["pat"], "[A-Za-z0-9]{14}\\.[a-f0-9]{64}"),
  shape("service_token", ["ico-"], "[A-Za-z0-9]{32}(?![A-Za-z0-9])"),
  shape("service_token", ["fio-u-"], "[\\w=-]{60,}"),
  shape("service_token", ["s-s4t2ud-", "s-s4t2af-"], "[a-f0-9]{60,}"),
  // A JSON Web Token, signed or encrypted; the expression takes the whole run, so that a run is looked at once.
  shape("jwt", ["eyJ"], "[\\w-]{10,}(?:\\.[\\w-]*){0,5}", hasThreeParts),
];

/** Shapes with no fixed beginning; `may-hold-credential.ts` knows the rarest part of each. Each starts at the beginning of a run of its own letters, or is bounded, so that it stays linear. */
export const OPEN_SHAPES: readonly { readonly kind: CredentialKind; readonly source: string }[] = [
  // A bot's id and its token, with the "bot" of an address before it or not.
  { kind: "telegram_token", source: "(?<!\\d)\\d{8,10}:AA[\\w-]{30,}" },
  // Its id in base64, a time, a signature.
  { kind: "discord_token", source: "(?<![\\w.-])[MNO][\\w-]{23,27}\\.[\\w-]{6}\\.[\\w-]{27,}" },
  { kind: "line_token", source: "(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{60,}1cDnyilFU=" },
  { kind: "azure_key", source: "(?<![\\w.~-])[\\w.~-]{3}\\dQ~[\\w.~-]{31,}" },
  { kind: "new_relic_key", source: "(?<![A-Za-z0-9])[a-f0-9]{36}NRAL(?![A-Za-z0-9])" },
  { kind: "service_token", source: "(?<![A-Za-z0-9])[A-Za-z0-9]{14}\\.atlasv1\\.[\\w=-]{40,}" },
  { kind: "mailgun_key", source: "(?<![a-f0-9-])[a-f0-9]{32}-[a-f0-9]{8}-[a-f0-9]{8}(?![A-Za-z0-9-])" },
];
