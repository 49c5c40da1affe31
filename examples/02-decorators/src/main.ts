// #region readme
import { createApp, defineModule, type EventContext, type RequestContext } from 'mortar';
import { handles, on, registerClass } from 'mortar/decorators';
import { ChargeCard, OrderPlaced } from './contracts.js';

class Billing {
  charged = 0;

  // The context names its module: to publish another module's event is a compile error, as it is with module.on.
  @on(OrderPlaced, { retry: { attempts: 5 } })
  async charge({ data, dispatch }: EventContext<typeof OrderPlaced, 'billing'>): Promise<void> {
    await dispatch(ChargeCard, { orderId: data.orderId, amount: data.total });
  }

  @handles(ChargeCard, {
    validate: [({ data }) => (data.amount > 500 ? 'Ask the customer first.' : undefined)],
  })
  chargeCard({ data }: RequestContext<typeof ChargeCard, 'billing'>): { charged: number } {
    this.charged += data.amount;
    return { charged: this.charged };
  }
}

const billing = defineModule('billing', (module) => {
  module.singleton(Billing);
  registerClass(module, Billing);
});
// #endregion

const shop = defineModule('shop', (module) => module.exposes(OrderPlaced));
const app = await createApp({ modules: [shop, billing] });
await app.start();
await app.publish(OrderPlaced, { orderId: 'order-1', total: 24 }, { wait: 'handled' });
const { charged } = await app.dispatch(ChargeCard, { orderId: 'order-2', amount: 3 });
await app.stop();
const happened = { handlers: app.handlers.list().map(({ name }) => name), charged };
process.stdout.write(
  process.argv.includes('--json') ? JSON.stringify(happened) : `charged ${happened.charged}\n`,
);
