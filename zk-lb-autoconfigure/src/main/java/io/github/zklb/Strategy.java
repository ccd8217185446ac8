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

    /**
     * A picker for endpoints that are not all given their whole share. The built-in strategies override this; of itself, a
     * strategy leaves out the endpoints that are given nothing.
     *
     * @param hosts the endpoints; may be empty, and its weights may all be 0
     * @param acceptance the part of its share that each of them is given
     */
    default Picker newPicker(HostSet hosts, Acceptance acceptance) {
        return newPicker(hosts.filter(endpoint -> acceptance.of(endpoint) > 0));
    }
}
