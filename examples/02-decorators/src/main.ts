// #region readme
import { createMessageBus, type EventContext, type RequestContext } from 'mortar/bus';
import { handles, on, registerHandlers } from 'mortar/decorators';
import { ChargeCard, OrderPlaced } from './contracts.js';

class Billing {
  charged = 0;

  @on(OrderPlaced, { retry: { attempts: 5 } })
  async charge({ data, dispatch }: EventContext<typeof OrderPlaced>): Promise<void> {
    await dispatch(ChargeCard, { orderId: data.orderId, amount: data.total });
  }

  @handles(ChargeCard)
  chargeCard({ data }: RequestContext<typeof ChargeCard>): { charged: number } {
    this.charged += data.amount;
    return { charged: data.amount };
  }
}

const bus = createMessageBus();
const billing = new Billing();
registerHandlers(bus, billing);
// #endregion

await bus.events.deliver(OrderPlaced, { orderId: 'order-1', total: 24 });
await bus.stop();
const happened = { handlers: bus.handlers.list().map(({ name }) => name), charged: billing.charged };
process.stdout.write(
  process.argv.includes('--json') ? JSON.stringify(happened) : `charged ${happened.charged}\n`,
);
