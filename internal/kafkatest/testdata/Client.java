import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;

/**
 * The official client, driven by lines on standard input: fields are separated
 * by tabs, and each line is answered with "ok" or with an error.
 *
 *   topic NAME PARTITIONS        partitions NAME COUNT
 *   producer CODEC               transactional CODEC
 *   begin                        commit                    abort
 *   send TOPIC PARTITION KEY VALUE [HEADER VALUE]          flush
 *
 * PARTITION "-" leaves the choice to the client, "\N" is null.
 */
public class Client {
    private final String servers;
    private KafkaProducer<String, String> producer;
    private int transactional;
    private final List<Future<RecordMetadata>> sent = new ArrayList<>();

    private Client(String servers) {
        this.servers = servers;
    }

    public static void main(String[] args) throws Exception {
        Client client = new Client(args[0]);
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line; (line = in.readLine()) != null; ) {
            String answer = "ok";
            try {
                client.run(line.split("\t", -1));
            } catch (Exception e) {
                answer = "error: " + e.toString().replace('\n', ' ');
            }
            out.println(answer);
        }
        client.close();
    }

    private void run(String[] f) throws Exception {
        switch (f[0]) {
            case "topic":
                try (Admin admin = Admin.create(properties())) {
                    admin.createTopics(List.of(new NewTopic(f[1], Integer.parseInt(f[2]), (short) 1))).all().get();
                }
                break;
            case "partitions":
                try (Admin admin = Admin.create(properties())) {
                    admin.createPartitions(Map.of(f[1], NewPartitions.increaseTo(Integer.parseInt(f[2])))).all().get();
                }
                break;
            case "producer":
                open(f[1], false);
                break;
            case "transactional":
                open(f[1], true);
                break;
            case "begin":
                producer.beginTransaction();
                break;
            case "commit":
                producer.commitTransaction();
                sent.clear();
                break;
            case "abort":
                producer.flush();
                producer.abortTransaction();
                sent.clear();
                break;
            case "send":
                send(f);
                break;
            case "flush":
                producer.flush();
                for (Future<RecordMetadata> one : sent) {
                    one.get();
                }
                sent.clear();
                break;
            default:
                throw new IllegalArgumentException("unknown command " + f[0]);
        }
    }

    private Properties properties() {
        Properties p = new Properties();
        p.put("bootstrap.servers", servers);
        return p;
    }

    private void open(String codec, boolean inTransactions) {
        close();
        Properties p = properties();
        p.put("compression.type", codec);
        p.put("linger.ms", "5");
        p.put("acks", "all");
        p.put("key.serializer", "org.apache.kafka.common.serialization.StringSerializer");
        p.put("value.serializer", "org.apache.kafka.common.serialization.StringSerializer");
        if (inTransactions) {
            p.put("transactional.id", "kafkatest-" + transactional++);
        }
        producer = new KafkaProducer<>(p);
        if (inTransactions) {
            producer.initTransactions();
        }
    }

    private void send(String[] f) {
        Integer partition = f[2].equals("-") ? null : Integer.valueOf(f[2]);
        ProducerRecord<String, String> r = new ProducerRecord<>(f[1], partition, orNull(f[3]), orNull(f[4]));
        for (int i = 5; i + 1 < f.length; i += 2) {
            r.headers().add(f[i], f[i + 1].getBytes(StandardCharsets.UTF_8));
        }
        sent.add(producer.send(r));
    }

    private static String orNull(String s) {
        return s.equals("\\N") ? null : s;
    }

    private void close() {
        if (producer != null) {
            producer.close();
            producer = null;
        }
    }
}
