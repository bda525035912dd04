/** The artifact gate: the only maker of the proof that `complete` takes. */
export { type ArtifactClaim, parseArtifactClaim } from "./artifact-claim.ts";
export { type ArtifactGate, type ArtifactGateOptions, createArtifactGate } from "./artifact-gate.ts";
export type { ArtifactCheck, GateOutcome, VerifyContext } from "./gate-outcome.ts";
export type { HostAddress, HostLookup } from "./http-hop.ts";
export { isVerifiedArtifact, type VerifiedArtifact } from "./verified-artifact.ts";
