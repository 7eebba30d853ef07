/**
 * Calculated fields while one types. The server's sandbox is the one that decides and reads Python's grammar; what this
 * does not understand stays unknown here and is left to it.
 */
import jsep from 'jsep';

import type { FormData } from './types';

// `a if c else b` binds least, then or, and, comparisons.
jsep.addBinaryOp('else', 0.2, true);
jsep.addBinaryOp('if', 0.4);
jsep.addBinaryOp('or', 1);
jsep.addBinaryOp('and', 2);
jsep.addBinaryOp('in', 6);
jsep.addBinaryOp('//', 10);
jsep.addUnaryOp('not');
jsep.addLiteral('True', true);
jsep.addLiteral('False', false);
jsep.addLiteral('None', null);

const DAY_MS = 86_400_000;
const UNKNOWN = Symbol('unknown');

class NotHere extends Error {}

type Value = unknown;

const isNumber = (value: Value): value is number => typeof value === 'number' && Number.isFinite(value);

function numbers(values: Value[]): number[] {
  if (!values.every(isNumber)) throw new NotHere();
  return values;
}

/** The last whole-number digit as Python rounds it: half to even. */
function rounded(value: number, places: number): number {
  const factor = 10 ** places;
  const scaled = value * factor;
  const floor = Math.floor(scaled);
  const rest = scaled - floor;
  const whole = Math.abs(rest - 0.5) < 1e-9 ? (floor % 2 === 0 ? floor : floor + 1) : Math.round(scaled);
  return whole / factor;
}

const FUNCTIONS: Record<string, (args: Value[]) => Value> = {
  days: ([from, to]) => {
    if (typeof from !== 'string' || typeof to !== 'string') return null;
    const days = (Date.parse(to.slice(0, 10)) - Date.parse(from.slice(0, 10))) / DAY_MS + 1;
    if (!Number.isFinite(days)) throw new NotHere();
    return days;
  },
  total: ([rows, column]) => (Array.isArray(rows) ? rows.reduce<number>((sum, row) => sum + (Number((row as FormData | null)?.[String(column)]) || 0), 0) : 0),
  len: ([value]) => (Array.isArray(value) || typeof value === 'string' ? value.length : 0),
  count: ([value]) => (Array.isArray(value) || typeof value === 'string' ? value.length : 0),
  min: (args) => Math.min(...numbers(Array.isArray(args[0]) ? args[0] : args)),
  max: (args) => Math.max(...numbers(Array.isArray(args[0]) ? args[0] : args)),
  sum: ([rows]) => (Array.isArray(rows) ? numbers(rows).reduce((sum, one) => sum + one, 0) : 0),
  abs: (args) => Math.abs(numbers(args)[0] ?? 0),
  int: (args) => Math.trunc(numbers(args)[0] ?? 0),
  float: (args) => numbers(args)[0] ?? 0,
  round: (args) => rounded(numbers(args)[0] ?? 0, args.length > 1 ? (numbers(args)[1] ?? 0) : 0),
};

function arithmetic(operator: string, left: Value, right: Value): Value {
  if (left === null || right === null) return null;
  const [one, other] = numbers([left, right]) as [number, number];
  switch (operator) {
    case '+':
      return one + other;
    case '-':
      return one - other;
    case '*':
      return one * other;
    case '/':
      return other === 0 ? null : one / other;
    case '//':
      return other === 0 ? null : Math.floor(one / other);
    case '%':
      return other === 0 ? null : one - other * Math.floor(one / other);
    default:
      throw new NotHere();
  }
}

function compare(operator: string, left: Value, right: Value): boolean {
  if (operator === '==') return left === right;
  if (operator === '!=') return left !== right;
  if (left === null || right === null) return false;
  if (typeof left !== typeof right || !['number', 'string'].includes(typeof left)) throw new NotHere();
  const [one, other] = [left as number, right as number];
  return operator === '<' ? one < other : operator === '<=' ? one <= other : operator === '>' ? one > other : one >= other;
}

function binary(node: jsep.BinaryExpression, data: FormData): Value {
  const { operator } = node;
  // `not a == b` means not (a == b) there and would be read as (not a) == b here.
  if (node.left.type === 'UnaryExpression' && (node.left as jsep.UnaryExpression).operator === 'not' && operator !== 'and' && operator !== 'or') throw new NotHere();
  if (operator === 'else') {
    const choice = node.left as jsep.BinaryExpression;
    if (choice.operator !== 'if') throw new NotHere();
    return truth(work(choice.right, data)) ? work(choice.left, data) : work(node.right, data);
  }
  const left = work(node.left, data);
  if (operator === 'and') return truth(left) ? work(node.right, data) : left;
  if (operator === 'or') return truth(left) ? left : work(node.right, data);
  const right = work(node.right, data);
  if (operator === 'in') {
    if (!Array.isArray(right)) throw new NotHere();
    return right.includes(left);
  }
  return ['==', '!=', '<', '<=', '>', '>='].includes(operator) ? compare(operator, left, right) : arithmetic(operator, left, right);
}

const truth = (value: Value): boolean => (Array.isArray(value) ? value.length > 0 : Boolean(value));

function work(node: jsep.Expression, data: FormData): Value {
  switch (node.type) {
    case 'Literal':
      return (node as jsep.Literal).value;
    case 'Identifier':
      return data[(node as jsep.Identifier).name] ?? null;
    case 'ArrayExpression':
      return (node as jsep.ArrayExpression).elements.map((one) => (one ? work(one, data) : null));
    case 'UnaryExpression': {
      const { operator, argument } = node as jsep.UnaryExpression;
      const value = work(argument, data);
      if (operator === 'not') return !truth(value);
      if (value === null) return null;
      return operator === '-' ? -(numbers([value])[0] ?? 0) : operator === '+' ? value : UNKNOWN;
    }
    case 'BinaryExpression':
      return binary(node as jsep.BinaryExpression, data);
    case 'CallExpression': {
      const { callee, arguments: given } = node as jsep.CallExpression;
      const name = callee.type === 'Identifier' ? (callee as jsep.Identifier).name : '';
      const call = Object.keys(FUNCTIONS).includes(name) ? FUNCTIONS[name] : undefined;
      if (!call) throw new NotHere();
      return call(given.map((one) => work(one, data)));
    }
    default:
      throw new NotHere();
  }
}

/** The value, null where an operand is not filled in; undefined when only the server can tell. */
export function calculate(expression: string, data: FormData): unknown {
  try {
    const value = work(jsep(expression), data);
    return value === UNKNOWN ? undefined : value;
  } catch {
    return undefined;
  }
}

/** The data with its calculated fields; the same object when nothing changes, so that watchers come to rest. */
export function withCalculated(data: FormData, calculated: Record<string, string> | undefined): FormData {
  let next = data;
  // Twice, so that a field may build on another, in whatever order they are written.
  for (let pass = 0; pass < 2; pass += 1) {
    for (const [field, expression] of Object.entries(calculated ?? {})) {
      const value = calculate(expression, next);
      if (value !== undefined && (next[field] ?? null) !== value) next = { ...next, [field]: value ?? undefined };
    }
  }
  return next;
}
