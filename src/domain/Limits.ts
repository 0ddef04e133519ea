/**
 * Every bound in one table. The relations between them are tested, so that changing one shows what else it means.
 */
export const Limits = {
  /** A resource or configuration file; bytes. */
  fileBytesMax: 10 * 1024 * 1024,
  /** Bytes of a managed file that documents hold themselves; larger ones are kept in the store, by their digest. */
  managedInlineBytesMax: 64 * 1024,
  /** A content that nothing names is kept as long, because a saved plan may name it. */
  looseContentAgeMs: 7 * 86_400_000,
  /** A managed file; bytes. */
  managedFileBytesMax: 1024 * 1024 * 1024,
  /** A document that a version holds; a larger one is kept compressed, which costs 35 µs at least; characters. */
  contentPlainMax: 8 * 1024,
  /** What of a state file is kept in memory, so that commits need not read what they change; bytes. */
  stateCacheBytes: 8 * 1024 * 1024,
  /** Files below the root of a provider of files. */
  managedFilesMax: 100_000,
  /** How much of a file is read at once; bytes. */
  managedChunkBytes: 256 * 1024,
  /** How deep a document may nest. */
  documentDepthMax: 64,
  /** Aliases that one YAML document may expand to. */
  yamlAliasesMax: 100,
  /** An answer of a remote system; bytes. */
  responseBytesMax: 32 * 1024 * 1024,
  /** A file with certificates or a key; bytes. */
  tlsFileBytesMax: 1024 * 1024,
  /** A program that prints a secret: its time, milliseconds, and what it prints, bytes. */
  secretCommandMs: 30_000,
  secretBytesMax: 64 * 1024,
  /** How long a provider module may take to load, and to open; milliseconds. */
  moduleLoadMs: 10_000,
  /** One attempt of a request; milliseconds. */
  requestTimeoutMs: 30_000,
  /** The longest timeout that a workspace may ask for; milliseconds. */
  requestTimeoutMaxMs: 3_600_000,
  /** The longest deadline of a change or batch that a workspace may set; milliseconds. */
  deadlineMaxMs: 30 * 86_400_000,
  /** Attempts after the first, for what surely did not apply. */
  retriesMax: 4,
  /** The most attempts that a workspace may ask for. */
  retriesCeiling: 100,
  /** First pause between attempts; milliseconds. */
  retryBaseMs: 100,
  /** Longest pause between attempts; milliseconds. */
  retryCapMs: 10_000,
  /** Longest `Retry-After` that is waited for; milliseconds. */
  retryAfterMaxMs: 120_000,
  /** Steps of a batch that run at once. */
  parallelism: 10,
  parallelismMax: 1_000,
  /** Share of a provider's rate budget that is kept for compensation. */
  compensationShare: 0.2,
  /** How long a request without an answer may still land; milliseconds. */
  horizonMs: 2_000,
  /** Steps, or changes, of a large plan in one row of the journal. */
  planPortion: 32,
  /** Rows of one group commit; larger groups stall the event loop. */
  groupRowsMax: 64,
  /** Bytes of one group commit. */
  groupBytesMax: 1024 * 1024,
  /** How long a commit waits for others to join, in commits; and the bounds within which waiting pays, milliseconds. */
  gatherFactor: 2,
  gatherMsMin: 0.1,
  gatherMsMax: 5,
  /** How long an outcome may wait for a commit to ride on; milliseconds. */
  rideMs: 50,
  /** How long the driver may block on a lock of the state file; milliseconds. */
  busyMs: 20,
  /** How long a busy state file is tried again; milliseconds. */
  busyTotalMs: 5_000,
  /** A lease's life beyond two request timeouts; milliseconds. */
  leaseMarginMs: 5_000,
  /** An intent captured longer ago is captured again; milliseconds. */
  captureAgeMaxMs: 2_000,
  /** How often a step is captured again; then it is sent on the newest capture, or it would never be. */
  recapturesMax: 3,
  /** Undo attempts of one call before a person is asked. */
  undoAttemptsMax: 4,
  /** Secret values shorter than this are sealed by path only, not wherever they occur. */
  secretLengthMin: 4,
  /** Resources of a kind from which listing is cheaper than reading each. */
  listFrom: 4,
  /** Resources to a page of a list, where a description names no size; and pages, after which a list has no end. */
  listPageSize: 100,
  listPagesMax: 100_000,
  /** How often a run looks for what was asked of it from elsewhere; milliseconds. */
  controlPollMs: 250,
  /** How often a lease that somebody else holds is asked for; milliseconds. */
  leasePollMs: 200,
  /** The lease of a state that is being replaced; milliseconds. */
  rescueLeaseMs: 600_000,
  /** How long letting go of the past may take after an apply; milliseconds. */
  pruneBudgetMs: 250,
  /** Addresses in one record of the audit trail; what touches more becomes several records. */
  auditTouchedMax: 500,
  /** Records after which the checkpoint beside the state is written anew, at the latest. */
  auditCheckpointEvery: 1_000,
  /** Records of the audit trail that are let go of in one transaction. */
  auditLetGoMax: 256,
  /** The newest batches among which failures in a row are looked for. */
  quarantineBatchesMax: 1_000,
  /** How long the trial of a kind waits for a read to show a write, and how often it looks; milliseconds. */
  trialSettleMs: 2_000,
  trialPollMs: 100,
  /** Changes that a trial tries before it says that none is taken, and guards that it tries. */
  trialChangesMax: 5,
  trialGuardsMax: 3,
  /** A wait from which the user is told what is waited for; milliseconds. */
  noticeAfterMs: 1_000,
  /** How long the end of a command waits for telemetry to be taken; milliseconds. */
  telemetryExitMs: 2_000,
  /** Rules of `notify` in a workspace. */
  notifyRulesMax: 20,
  /** When a batch counts as long-running, and the most that may be asked for; milliseconds. */
  notifyAfterMs: 600_000,
  notifyAfterMaxMs: 7 * 86_400_000,
  /** One attempt to deliver a notification; milliseconds. */
  notifyTimeoutMs: 10_000,
  /** Attempts to deliver a notification. */
  notifyAttemptsMax: 4,
  /** First and longest pause between those attempts; milliseconds. */
  notifyRetryBaseMs: 500,
  notifyRetryCapMs: 5_000,
  /** All attempts to deliver a notification, pauses included; milliseconds. */
  notifyTotalMs: 20_000,
  /** Elements of each list in a notification; how many there are is told beside. */
  notifyListMax: 100,
  /** What is read of a webhook's answer; bytes. */
  notifyAnswerBytesMax: 64 * 1024,
  /** A text that both sides changed and that is larger is left to a person; bytes. */
  mergeBytesMax: 10 * 1024 * 1024,
  /** How far into a file a NUL makes it binary; bytes. */
  mergeProbeBytes: 8_000,
  /** Lines a side up to which node-diff3 gets a window: its cost rises with more than their square. */
  mergeWindowLinesMax: 64,
  /** Edits in each direction after which the search for the shortest way takes the farthest one found. */
  mergeSearchEditsMax: 256,
  /** Steps of one search for differences, a line; what is left then counts as changed as a whole. */
  mergeStepsPerLine: 512,
  /** Steps of one search, however many lines there are: about a tenth of a second. */
  mergeStepsMax: 20_000_000,
  /** Steps that groups of changed lines may slide, a line of the text. */
  mergeSlidesPerLine: 16,
  /** A document nested deeper than this merges as a whole. */
  mergeDepthMax: 512,
  /** How far back bases of bases are looked for; from there on versions count as having nothing in common. */
  mergeBaseDepthMax: 64,
  /** The share of a content that a renamed file still has, at least. */
  mergeRenameShareMin: 0.5,
  /** Pairs of a file that is gone and one that is new up to which renames are guessed. */
  mergeRenamePairsMax: 250_000,
  /** Members that come or go in a JSON file, times its size: how much is read again to write them; then it is text. */
  mergeRewriteMax: 20_000_000,
  /** A larger TOML file merges as text, since its editor takes long; characters. */
  mergeTomlMax: 100_000,
  /** A value in the text of an error is cut after this many characters. */
  errorValueMax: 80,
  /** Rows of one conflict in a report; how many more there are is said. */
  reportRowsMax: 60
} as const

/** The life of a lease for a request timeout, in milliseconds: at least twice the timeout and a margin. */
export const leaseLifeMs = (requestTimeoutMs: number): number => 2 * (requestTimeoutMs + Limits.leaseMarginMs)
