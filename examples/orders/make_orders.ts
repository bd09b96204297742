/**
 * Makes orders.jsonl: `deno run --allow-write make_orders.ts`.
 *
 * The shop, its customers and their orders are invented. The same seed makes the
 * same bytes on every machine.
 *
 * @module
 */

const SEED = 20_260_101;
const ORDERS = 1500;
const FIRST_ORDER_MS = Date.UTC(2026, 0, 1, 6);

const GIVEN_NAMES =
  "Amina Björn Chloé Daria Emre Fatou Giulia Håkon Inés Jürgen Kofi Léa Mateo Nguyễn Olga Piotr Quentin Rania Søren Tomáš Uma Väinö Wanjiru Xin Yui Zoë"
    .split(" ");
const FAMILY_NAMES =
  "Andersson Bianchi Cohen Dubois Eriksen Fernández García Haddad Ivanova Jansen Kowalski Lindqvist Müller Novák O’Brien Peña Quispe Rossi Šimek Tanaka"
    .split(" ");
const CITIES: readonly (readonly [string, string, string])[] = [
  ["Berlin", "DE", "EUR"],
  ["Kraków", "PL", "PLN"],
  ["Lyon", "FR", "EUR"],
  ["Malmö", "SE", "SEK"],
  ["San José", "CR", "USD"],
  ["Zürich", "CH", "CHF"],
  ["東京", "JP", "JPY"],
  ["Αθήνα", "GR", "EUR"],
];
const PRODUCTS: readonly (readonly [string, string, number])[] = [
  ["TEA-001", "Darjeeling, first flush 100 g", 1290],
  ["TEA-014", "Sencha 250 g", 1850],
  ["CUP-200", 'Cup "Fjäll", 0.3 l', 2400],
  ["POT-010", "Cast iron pot 0,8 l", 6900],
  ["SIEVE-3", "Tea sieve\tfine", 750],
  ["BOX-77", "Gift box 🎁", 400],
];
const NOTES = [
  "please ring twice",
  "Geschenk – bitte ohne Rechnung",
  'leave at the "blue" door \\ garage',
  "line one\nline two",
  "{not an envelope}",
  "入口に置いてください",
];

/** A small generator of numbers from 0 to 1 (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 4294967296;
  };
}

const random = randomFrom(SEED);
const upTo = (limit: number) => Math.floor(random() * limit);
const oneOf = <T>(choices: readonly T[]): T => choices[upTo(choices.length)];

function makeOrder(number: number, orderedAtMs: number) {
  const [city, country, currency] = oneOf(CITIES);
  const items = Array.from({ length: 1 + upTo(3) }, makeItem);
  const totalCents = items.reduce((sum, i) => sum + i.quantity * i.cents, 0);
  return {
    order_id: `A-${String(number).padStart(6, "0")}`,
    ordered_at: new Date(orderedAtMs).toISOString(),
    customer: {
      id: 10_000 + upTo(4000),
      name: `${oneOf(GIVEN_NAMES)} ${oneOf(FAMILY_NAMES)}`,
      city,
      country,
    },
    items: items.map(({ cents, ...item }) => ({ ...item, price: cents / 100 })),
    currency,
    total: totalCents / 100,
    paid: random() < 0.93,
    note: random() < 0.2 ? oneOf(NOTES) : null,
  };
}

function makeItem() {
  const [sku, name, cents] = oneOf(PRODUCTS);
  return { sku, name, quantity: 1 + upTo(4), cents };
}

/** The whole file. */
export function makeOrders(): string {
  let orderedAtMs = FIRST_ORDER_MS;
  let text = "";
  for (let number = 1; number <= ORDERS; number++) {
    orderedAtMs += upTo(240_000);
    text += JSON.stringify(makeOrder(number, orderedAtMs)) + "\n";
  }
  return text;
}

if (import.meta.main) {
  await Deno.writeTextFile(
    new URL("orders.jsonl", import.meta.url),
    makeOrders(),
  );
}
