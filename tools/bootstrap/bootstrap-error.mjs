/** Something that a person can put right; its message says what was found and what to do. */
export class BootstrapError extends Error {}
