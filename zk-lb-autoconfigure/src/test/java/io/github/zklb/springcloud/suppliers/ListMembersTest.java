package io.github.zklb.springcloud.suppliers;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.springcloud.suppliers.ListMembers.Place;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.springframework.cloud.client.DefaultServiceInstance;
import org.springframework.cloud.client.ServiceInstance;

/** Which lists have the same members. */
class ListMembersTest {

    private static final int COUNT = 100;

    private final List<ServiceInstance> first = made(COUNT);
    private final ListMembers members = new ListMembers(first);

    private static List<ServiceInstance> made(int count) {
        return new ArrayList<>(
                IntStream.range(0, count).mapToObj(i -> instance(i, "1")).toList());
    }

    private static ServiceInstance instance(int i, String version) {
        return new DefaultServiceInstance("id-" + i, "a", "10.0.0." + i, 80, false, Map.of("version", version));
    }

    @Test
    void theSameInstancesAreTheSameMembersInAnyOrderAndByAnyObjects() {
        List<ServiceInstance> shuffled = new ArrayList<>(first);
        Collections.shuffle(shuffled, new Random(1));
        List<ServiceInstance> anew = made(COUNT);
        Collections.shuffle(anew, new Random(2));
        for (List<ServiceInstance> list : List.of(first, made(COUNT), shuffled, anew, new LinkedList<>(anew))) {
            assertThat(members.are(list)).isTrue();
            assertThat(ListMembers.hashOf(list)).isEqualTo(ListMembers.hashOf(first));
        }
    }

    @Test
    void anotherInstanceOrWhatItSaysMakesOtherMembers() {
        List<ServiceInstance> otherMetadata = made(COUNT);
        otherMetadata.set(50, instance(50, "2"));
        List<ServiceInstance> otherAddress = made(COUNT);
        otherAddress.set(50, instance(COUNT, "1"));
        List<ServiceInstance> twice = made(COUNT);
        twice.set(50, twice.get(51));
        for (List<ServiceInstance> list : List.of(
                otherMetadata, otherAddress, twice, made(COUNT - 1), made(COUNT + 1), List.<ServiceInstance>of())) {
            assertThat(members.are(list)).isFalse();
            List<ServiceInstance> shuffled = new ArrayList<>(list);
            Collections.shuffle(shuffled, new Random(3));
            assertThat(members.are(shuffled)).isFalse();
        }
    }

    @Test
    void eachMemberIsThereAsOftenAsBefore() {
        List<ServiceInstance> weighed = List.of(instance(1, "1"), instance(2, "1"), instance(1, "1"));
        ListMembers ofWeighed = new ListMembers(weighed);

        assertThat(ofWeighed.places()).extracting(Place::times).containsExactlyInAnyOrder(2, 1);
        assertThat(ofWeighed.are(List.of(instance(2, "1"), instance(1, "1"), instance(1, "1"))))
                .isTrue();
        assertThat(ofWeighed.are(List.of(instance(2, "1"), instance(2, "1"), instance(1, "1"))))
                .isFalse();
    }

    @Test
    void aListGivesItsOwnObjectForAMember() {
        List<ServiceInstance> anew = made(COUNT);
        Collections.reverse(anew);
        for (Place place : members.places()) {
            assertThat(ListMembers.in(anew, place)).isSameAs(anew.get(COUNT - 1 - place.index()));
            assertThat(ListMembers.in(first, place)).isSameAs(first.get(place.index()));
        }
        List<ServiceInstance> without = made(COUNT);
        without.set(7, instance(COUNT, "1"));
        assertThat(members.places())
                .filteredOn(place -> ListMembers.in(without, place) == null)
                .extracting(Place::index)
                .containsExactly(7);
    }
}
