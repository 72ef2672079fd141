/** How far an agent may go by itself: `low` asks before every call of a tool, `medium` before those that may change something. */
export const AUTONOMY_LEVELS = ["low", "medium", "high"] as const;

export type Autonomy = (typeof AUTONOMY_LEVELS)[number];
