/** Every fixed limit of the runtime, with its unit in its name. What a user may change stands in the configuration. */
export const LIMITS = {
  /** Source text of a program. */
  sourceBytes: 1024 * 1024,
  /** Nesting of values and parentheses in a program. */
  syntaxDepth: 64,
  /** Diagnostics reported for one input; more are counted, not listed. */
  diagnosticsMax: 50,
  /** A template or configuration file. */
  templateFileBytes: 256 * 1024,
  /** Nodes of one plan, dynamic fan-outs counted at their most. */
  planNodes: 100_000,
  /** Elements of one `forEach`. */
  forEachItems: 10_000,
  /** Children under one actor; wider forks are sharded (see docs/adr). */
  actorChildren: 64,
  /** One rendered expression: steps (pieces rendered and filters called) and memory units of LiquidJS, output characters. */
  expressionSteps: 250_000,
  expressionMemory: 20_000_000,
  expressionCharacters: 4_000_000,
  /** Agents at work at the same time. */
  concurrencyMax: 10_000,
  /** Replicas that `parallelism` may ask for. */
  parallelismMax: 10,
  /** Output kept from one command. */
  commandOutputBytes: 8 * 1024 * 1024,
  /** One answer of a model, whatever it was allowed to write. */
  modelAnswerCharacters: 8 * 1024 * 1024,
  /** Tokens that one call may have taken: a server that tells more tells nothing. */
  tokensOfCall: 1_000_000_000,
  /** Tokens of the longest answer that may be asked for whole, unstreamed: longer ones take minutes of silence. */
  wholeAnswerTokens: 16_384,
  /** Tools that one answer of a model may want called. */
  toolCallsOfAnswer: 64,
  /** Tools: characters of a result that a model is shown, of a path, bytes of a file, names listed of a folder. */
  toolResultCharacters: 64 * 1024,
  toolPathCharacters: 4_096,
  toolFileBytes: 2 * 1024 * 1024,
  toolListEntries: 2_000,
  /** Operands of one call of a command, and how long one call of a tool may take. */
  toolOperands: 64,
  toolCallMs: 120_000,
  /** An MCP server: time to come up, to close before it is killed, tools, characters of a tool's description, starts after the first. */
  mcpStartMs: 30_000,
  mcpCloseMs: 3_000,
  toolsOfServer: 500,
  toolDescriptionCharacters: 2_000,
  mcpRestarts: 3,
  /** One answer of a remote server or agent, and of an open stream one event. */
  remoteAnswerBytes: 8 * 1024 * 1024,
  /** Redirections of one request. */
  redirectsMax: 5,
  /** What is recorded with a question of work under way, as JSON. */
  askStateCharacters: 16 * 1024 * 1024,
  /** Time a cancelled command is given before it is killed. */
  commandGraceMs: 2_000,
  /** Time that performers are given to return before a run ends without them; a killed command is gone by then. */
  drainMs: 3_000,
  /** What cached results may take of the memory of a runtime that keeps nothing on disk. */
  memoryCacheBytes: 32 * 1024 * 1024,
  /** Facts of a run that found nobody: so many of the newest are remembered, all are counted. */
  deadLettersKept: 256,
  /** Runs that a process remembers when nothing is kept on disk. */
  runsRemembered: 256,
  /** The blackboard of a run: keys, characters of a key, characters of a value as JSON, writes of one attempt. */
  boardKeys: 1_000,
  boardKeyCharacters: 256,
  boardValueCharacters: 1024 * 1024,
  boardWritesOfAttempt: 1_000,
  /** Resources (models, hosts, commands) whose guards are remembered. */
  resourcesTracked: 1_000,
  /** Secrets: the shortest value that is looked for in texts, forms of values that runs were given, depth of values looked into. */
  secretCharactersMin: 8,
  secretsLearned: 5_000,
  scrubDepth: 64,
  /** Alerts that are on at once, notices that wait, tries of one, the first wait between two (doubled each time), time of a try. */
  alertsAtOnce: 1_000,
  alertsWaiting: 100,
  alertAttempts: 5,
  alertRetryMs: 1_000,
  alertTimeoutMs: 10_000,
  /** Templates, and kinds of agents, that analytics tell apart. */
  analyticsNames: 1_000,
  /** Codes of failures that metrics tell apart; others count as one. */
  metricCodes: 200,
  /** How long a resource may ask to be left alone. */
  retryAfterMs: 600_000,
} as const;
