import { describe, expectTypeOf, it } from 'vitest';
import {
  type ComparableKey,
  memoryRepository,
  memoryUnitOfWork,
  NEW_ENTITY,
  type Repository,
  type Stored,
  type UnitOfWork,
  where,
} from '../../src/patterns/index.js';

interface Order {
  readonly id: string;
  readonly status: 'open' | 'paid';
  readonly total: number;
  readonly note?: string;
  readonly paidAt: Date | null;
  readonly items: readonly string[];
}

const orders = memoryRepository({ idOf: (order: Order) => order.id });
const unit = memoryUnitOfWork();

describe('the types of patterns', () => {
  it('say what a repository holds', () => {
    expectTypeOf(orders).toEqualTypeOf<Repository<Order, string>>();
    expectTypeOf(memoryRepository({ idOf: (row: { no: number }) => row.no })).toEqualTypeOf<
      Repository<{ no: number }, number>
    >();
    expectTypeOf(orders.get).returns.resolves.toEqualTypeOf<Stored<Order> | undefined>();
    expectTypeOf(unit).toEqualTypeOf<UnitOfWork>();
    // @ts-expect-error an id is a text or a number
    memoryRepository({ idOf: (order: Order) => order.paidAt });
  });

  it('let only what can be compared be sorted by', () => {
    expectTypeOf<ComparableKey<Order>>().toEqualTypeOf<'id' | 'status' | 'total' | 'note' | 'paidAt'>();
    void (() => orders.find({ sort: [{ by: 'total', direction: 'descending' }] }));
    // @ts-expect-error a list has no order
    void (() => orders.find({ sort: [{ by: 'items' }] }));
    // @ts-expect-error there is no such field
    void (() => orders.find({ sort: [{ by: 'totl' }] }));
  });

  it('know the fields of a condition', () => {
    where<Order>({ status: { in: ['open', 'paid'] }, note: { eq: null }, paidAt: { lt: new Date() } });
    void (() => orders.find({ where: where({ total: { gte: 1 } }) }));
    // @ts-expect-error no such status
    where<Order>({ status: { eq: 'lost' } });
    // @ts-expect-error a number does not begin with a text
    void (() => where<Order>({ total: { startsWith: '1' } }));
    // @ts-expect-error a total is never nothing
    void (() => where<Order>({ total: { eq: null } }));
    // @ts-expect-error a list can't be compared
    void (() => where<Order>({ items: { eq: 'x' } }));
    // @ts-expect-error no such operator
    void (() => where<Order>({ total: { like: 1 } }));
    // @ts-expect-error no such field
    void (() => where<Order>({ totl: { eq: 1 } }));
    // @ts-expect-error a specification of another type
    void (() => orders.find({ where: where<{ no: number }>({ no: { eq: 1 } }) }));
  });

  it('ask for an expected version, which a deletion can not expect to be new', () => {
    // @ts-expect-error a save expects something
    void ((order: Order) => orders.save(order));
    // @ts-expect-error no such word
    void ((order: Order) => orders.save(order, 'newest'));
    // @ts-expect-error what is new can't be deleted
    void (() => orders.delete('a', NEW_ENTITY));
  });

  it('tie the changes of a unit of work to their repository', () => {
    // @ts-expect-error not an order
    void (() => unit.save(orders, { no: 1 }, NEW_ENTITY));
    // @ts-expect-error not an id of orders
    void (() => unit.delete(orders, 1, 3));
  });
});
