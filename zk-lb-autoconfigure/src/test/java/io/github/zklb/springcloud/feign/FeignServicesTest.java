package io.github.zklb.springcloud.feign;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.boot.test.util.TestPropertyValues;
import org.springframework.cloud.openfeign.EnableFeignClients;
import org.springframework.cloud.openfeign.FeignClient;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Configuration;

/** Which Feign clients are balanced is known before any of them is made. */
class FeignServicesTest {

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void onlyClientsWithoutAUrlAreBalancedAndNoneIsMade(boolean lateAttributes) {
        try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext()) {
            TestPropertyValues.of(
                            "spring.cloud.openfeign.lazy-attributes-resolution=" + lateAttributes,
                            "spring.cloud.openfeign.client.config.configuredContext.url=http://localhost:1",
                            "service=from-property",
                            "url=http://localhost:1")
                    .applyTo(context);
            context.register(Clients.class);
            context.refreshForAotProcessing(new RuntimeHints());
            FeignServices services = new FeignServices(context.getBeanFactory(), context.getEnvironment());
            assertThat(services.serviceIds())
                    .containsExactlyInAnyOrder("plain", "with-context", "with-scheme", "from-property");
            assertThat(context.getBeanFactory().getSingletonNames())
                    .noneMatch(name -> name.startsWith(FeignServicesTest.class.getName()));
        }
    }

    @FeignClient("plain")
    interface Plain {}

    @FeignClient(name = "with-context", contextId = "other")
    interface WithContext {}

    @FeignClient("https://with-scheme")
    interface WithScheme {}

    @FeignClient("${service}")
    interface FromProperty {}

    @FeignClient(name = "annotated", url = "localhost:1")
    interface Annotated {}

    @FeignClient(name = "annotated-by-property", url = "${url}")
    interface AnnotatedByProperty {}

    @FeignClient(name = "annotated-by-expression", url = "#{'http://localhost:1'}")
    interface AnnotatedByExpression {}

    @FeignClient(name = "configured", contextId = "configuredContext")
    interface Configured {}

    @Configuration(proxyBeanMethods = false)
    @EnableFeignClients(
            clients = {
                Plain.class,
                WithContext.class,
                WithScheme.class,
                FromProperty.class,
                Annotated.class,
                AnnotatedByProperty.class,
                AnnotatedByExpression.class,
                Configured.class
            })
    static class Clients {}
}
