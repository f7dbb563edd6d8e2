// What a writer writes in its calls: given by its name and the call's number alone, so that the account needs only those.

/** The entry of one call. Its end shows that it is whole: no part of an entry is another one. */
export const entryOf = (name, number) => `${name}/${number}.ts`

/** Whether a call stamps the header too; every `stampEvery`-th does, with 0 none. */
export const isStamp = (number, { stampEvery = 2 }) => stampEvery > 0 && number % stampEvery === 0
