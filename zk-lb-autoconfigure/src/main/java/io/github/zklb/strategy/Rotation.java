package io.github.zklb.strategy;

import io.github.zklb.Endpoint;

/** Goes round an array of endpoints for ever. */
final class Rotation implements Draw {

    private final Endpoint[] turns;
    private final Modulus length;
    private final Cursor cursor;

    /**
     * @param turns one cycle, at least one endpoint; not copied
     * @param cursor counts the turns
     */
    Rotation(Endpoint[] turns, Cursor cursor) {
        this.turns = turns;
        this.length = Modulus.of(turns.length);
        this.cursor = cursor;
    }

    @Override
    public Endpoint next() {
        return turns[(int) length.remainder(cursor.next())];
    }
}
