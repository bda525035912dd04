/** Takes credentials out of text and trees: what leaves a process must hold none (R12). */
export { CREDENTIAL_KINDS, type CredentialKind } from "../semconv/index.ts";
export { MAX_REDACT_LENGTH, type RedactedText, redact } from "./redact.ts";
export { MAX_TREE_DEPTH, MAX_TREE_VALUES, type PlainValue, type RedactedTree, redactTree } from "./redact-tree.ts";
