/** Step name -> the names of the steps it needs. */
export type Needs = ReadonlyMap<string, readonly string[]>;

/** Every cycle that shares no step with another one found, each as its steps in order: `a` needs `b` needs ... needs `a`. */
export function cyclesOf(needs: Needs): string[][] {
  const cycles: string[][] = [];
  const left = new Map([...needs].map(([name, names]) => [name, names.filter((need) => needs.has(need))]));
  for (let cycle = nextCycle(left); cycle.length > 0; cycle = nextCycle(left)) {
    cycles.push(cycle);
    for (const name of cycle) left.delete(name);
  }
  return cycles;
}

/** Takes away all steps whose needs are met; what is left, followed from need to need, must come round. */
function nextCycle(left: Map<string, readonly string[]>): string[] {
  const missing = new Map<string, number>();
  const dependents = new Map<string, string[]>();
  for (const [name, names] of left) {
    const open = names.filter((need) => left.has(need));
    missing.set(name, open.length);
    for (const need of open) {
      const known = dependents.get(need);
      if (known) known.push(name);
      else dependents.set(need, [name]);
    }
  }
  const met = [...left.keys()].filter((name) => missing.get(name) === 0);
  for (let name = met.pop(); name !== undefined; name = met.pop()) {
    left.delete(name);
    for (const dependent of dependents.get(name) ?? []) {
      const open = missing.get(dependent)! - 1;
      missing.set(dependent, open);
      if (open === 0) met.push(dependent);
    }
  }
  const order = new Map<string, number>();
  let name = left.keys().next().value;
  while (name !== undefined && !order.has(name)) {
    order.set(name, order.size);
    name = left.get(name)!.find((need) => left.has(need));
  }
  return name === undefined ? [] : [...order.keys()].slice(order.get(name));
}

/** Every step that a step needs, directly or through others; the step itself only when it stands on a cycle. */
export function transitiveNeeds(needs: Needs, step: string): ReadonlySet<string> {
  const found = new Set<string>();
  const open = [...(needs.get(step) ?? [])];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    open.push(...(needs.get(name) ?? []));
  }
  return found;
}
