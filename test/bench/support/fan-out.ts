/** A template of one no-op agent for each element of a list. */
export const FAN_OUT = `
name: FAN_OUT
version: 1.0.0
description: One no-op agent for each element
category: bench
parameters:
  items: { type: array, position: 1, required: true }
steps:
  work:
    run: { performer: noop }
    forEach: { item: items }
    resources: { cpu: 0, memory: 0 }
`;
