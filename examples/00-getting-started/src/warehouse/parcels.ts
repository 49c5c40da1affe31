// #region guide
// src/warehouse/parcels.ts: the warehouse's own; no other module may import it
export class Parcels {
  count = 0;

  pack(orderId: string, items: readonly string[]): void {
    if (process.env['PRINTER'] === 'off') throw new Error('the label printer is off');
    this.count += 1;
    console.log(`warehouse: packed ${orderId} (${items.join(', ')})`);
  }
}
// #endregion
