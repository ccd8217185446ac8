package io.github.zklb.springcloud;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.springcloud.ClientExchange.NoInstanceResponse;
import io.github.zklb.traffic.SlowStartSettings;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.DefaultRequest;
import org.springframework.cloud.client.loadbalancer.Response;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Choices that are made before anything is known of the service. */
class EarlyChoiceTest {

    private final FedEngine fed =
            new FedEngine(FedEngine.settings("round-robin", Duration.ofMinutes(3), SlowStartSettings.DEFAULTS));
    private final Mono<Response<ServiceInstance>> choice = fed.balancer.choose(new DefaultRequest<>());

    @AfterEach
    void close() {
        fed.close();
    }

    @Test
    void whoMustNotWaitIsToldWhyAtOnce() {
        Response<ServiceInstance> answer = Mono.fromCallable(choice::block)
                .subscribeOn(Schedulers.parallel())
                .block(Duration.ofMinutes(2));
        assertThat(answer)
                .asInstanceOf(type(NoInstanceResponse.class))
                .extracting(NoInstanceResponse::reason)
                .asString()
                .isNotEmpty();
    }

    @Test
    void whoMayWaitWaits() {
        CompletableFuture<@Nullable Response<ServiceInstance>> subscribed = choice.toFuture();
        CompletableFuture<Response<ServiceInstance>> blocked =
                CompletableFuture.supplyAsync(() -> Objects.requireNonNull(choice.block()));
        assertThat(subscribed).isNotDone();
        fed.publish(HostSet.of(Endpoint.of("10.0.0.1", 4)));
        assertThat(Objects.requireNonNull(
                                Objects.requireNonNull(subscribed.join()).getServer())
                        .getPort())
                .isEqualTo(4);
        assertThat(Objects.requireNonNull(blocked.join().getServer()).getPort()).isEqualTo(4);
    }
}
