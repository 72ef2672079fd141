/** What a viewer is sent, and what is kept for it. */
export const INSPECTOR_LIMITS = {
  /** One text, the members of one list or object, and nesting, within a snapshot or event. */
  textCharacters: 2_000,
  members: 100,
  depth: 10,
  /** One frame; a larger one tells its size in place of what it holds. */
  frameCharacters: 256 * 1024,
  /** What waits to be written as frames; beyond it viewers get every live actor anew instead. */
  pendingEvents: 10_000,
  /** What one viewer has not taken yet; a slower one is let go. */
  viewerBytes: 32 * 1024 * 1024,
  viewers: 16,
  /** Time that a viewer is given to take the last frames. */
  leaveMs: 1_000,
} as const;
