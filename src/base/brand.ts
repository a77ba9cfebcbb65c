declare const brand: unique symbol

/** A number or string that may not be mixed up with another: `Branded<number, 'Uid'>`. */
export type Branded<T, Name extends string> = T & { readonly [brand]: Name }
