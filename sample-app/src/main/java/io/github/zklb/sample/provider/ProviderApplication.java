package io.github.zklb.sample.provider;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.cloud.client.serviceregistry.Registration;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** A provider of the service {@code orders}: an ordinary Spring Cloud Zookeeper application. */
@RestController
@SpringBootApplication(proxyBeanMethods = false)
public final class ProviderApplication {

    private final Registration registration;
    private final String description;
    private volatile Duration delay = Duration.ZERO;

    ProviderApplication(Registration registration, @Value("weight ${weight:1}, zone ${zone:a}") String description) {
        this.registration = registration;
        this.description = description;
    }

    /** Answers each request so much later from now on. */
    public void setDelay(Duration delay) {
        this.delay = delay;
    }

    @GetMapping("/")
    String answerLater() {
        LockSupport.parkNanos(delay.toNanos());
        return answer();
    }

    /** Says who answers. */
    public String answer() {
        return "%s:%d (%s)".formatted(registration.getHost(), registration.getPort(), description);
    }
}
