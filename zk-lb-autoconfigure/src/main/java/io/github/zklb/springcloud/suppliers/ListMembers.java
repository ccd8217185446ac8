package io.github.zklb.springcloud.suppliers;

import java.util.Collection;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.client.ServiceInstance;

/**
 * The different instances of a list, and how often it has each. They are known by what they say of themselves, since not
 * every registry's instances have an equality of their own. Immutable.
 */
final class ListMembers {

    private final Map<Member, Place> places = new HashMap<>();

    /** The same by the objects that were first seen: who shuffles a list mostly gives these. */
    private final IdentityHashMap<ServiceInstance, Place> byObject = new IdentityHashMap<>();

    private final ServiceInstance[] inOrder;

    /**
     * Where a member stands in the list that was first seen.
     *
     * @param number counts the different members
     * @param index its first place in the list
     * @param times how often it is there
     */
    record Place(ServiceInstance instance, int number, int index, int times) {}

    /** An instance by what it says of itself. */
    private record Member(ServiceInstance instance) {

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Member that && isSame(instance, that.instance);
        }

        @Override
        public int hashCode() {
            return hash(instance);
        }
    }

    ListMembers(List<ServiceInstance> list) {
        inOrder = list.toArray(ServiceInstance[]::new);
        for (int i = 0; i < inOrder.length; i++) {
            places.merge(
                    new Member(inOrder[i]),
                    new Place(inOrder[i], places.size(), i, 1),
                    (known, again) -> new Place(known.instance, known.number, known.index, known.times + 1));
        }
        places.values().forEach(place -> byObject.put(place.instance, place));
    }

    /** Of some lists in any order, tells whether their members can be the same. O(n). */
    static long hashOf(List<ServiceInstance> list) {
        long sum = 0;
        for (ServiceInstance instance : list) {
            long hash = hash(instance) * 0x9E3779B97F4A7C15L;
            sum += hash ^ hash >>> 32;
        }
        return sum;
    }

    private static int hash(ServiceInstance instance) {
        return 31 * (31 * Objects.hashCode(instance.getHost()) + instance.getPort())
                + Objects.hashCode(instance.getInstanceId());
    }

    @SuppressWarnings("ReferenceEquality") // many have no equals
    private static boolean isSame(ServiceInstance one, ServiceInstance other) {
        return one == other
                || one.getPort() == other.getPort()
                        && one.isSecure() == other.isSecure()
                        && Objects.equals(one.getHost(), other.getHost())
                        && Objects.equals(one.getInstanceId(), other.getInstanceId())
                        && Objects.equals(one.getMetadata(), other.getMetadata());
    }

    /** How long the list is. */
    int size() {
        return inOrder.length;
    }

    /** The different members. */
    Collection<Place> places() {
        return places.values();
    }

    /** Whether a list has the same instances, each as often. O(n); without a look-up as long as the order is the same. */
    boolean are(List<ServiceInstance> list) {
        if (list.size() != inOrder.length) {
            return false;
        }
        int next = 0;
        for (ServiceInstance instance : list) {
            if (next == inOrder.length || !isSame(instance, inOrder[next])) {
                return areInOtherOrder(list);
            }
            next++;
        }
        return next == inOrder.length;
    }

    private boolean areInOtherOrder(List<ServiceInstance> list) {
        int[] times = new int[places.size()];
        for (ServiceInstance instance : list) {
            Place known = byObject.get(instance);
            Place place = known == null ? places.get(new Member(instance)) : known;
            if (place == null || ++times[place.number] > place.times) {
                return false;
            }
        }
        return true;
    }

    /** A list's own object for a member; null if it is not there. */
    static @Nullable ServiceInstance in(List<ServiceInstance> list, Place place) {
        if (isSame(list.get(place.index), place.instance)) {
            return list.get(place.index);
        }
        for (ServiceInstance instance : list) {
            if (isSame(instance, place.instance)) {
                return instance;
            }
        }
        return null;
    }
}
