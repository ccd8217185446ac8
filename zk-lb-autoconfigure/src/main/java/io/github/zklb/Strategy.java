package io.github.zklb;

/**
 * A way to choose among the endpoints of one service. It owns what outlives a change of the host set, such as a cursor;
 * everything that follows from the host set is in the picker.
 */
@FunctionalInterface
public interface Strategy {

    /**
     * A picker for the given endpoints. Called off the request path at each change, by one thread at a time.
     *
     * @param hosts the endpoints; may be empty, and its weights may all be 0
     */
    Picker newPicker(HostSet hosts);
}
