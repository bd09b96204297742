package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	sb "github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"
	"github.com/Azure/go-amqp"
)

// serviceBus does all that a queue is for: servicebus CONNECTION_STRING.
func serviceBus(args []string) error {
	client, err := openServiceBus(args[0])
	if err != nil {
		return err
	}
	defer client.Close(context.Background())
	for _, each := range []struct {
		name string
		work func(context.Context, *sb.Client)
	}{
		{"batches and every way to settle", batchesAndSettling},
		{"a lock that ran out, and receiving with deleting", locksAndDeleting},
		{"sessions", sessions},
		{"schedule and duplicates", scheduleAndDuplicates},
		{"a topic's subscriptions", subscriptions},
		{"what the service refuses", refusals},
	} {
		if err := guarded(each.name, func(ctx context.Context) { each.work(ctx, client) }); err != nil {
			return err
		}
	}
	return nil
}

func openServiceBus(connectionString string) (*sb.Client, error) {
	return sb.NewClientFromConnectionString(connectionString, &sb.ClientOptions{
		RetryOptions: sb.RetryOptions{MaxRetries: -1},
	})
}

// guarded turns what must() found into an error.
func guarded(name string, work func(context.Context)) (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	defer func() {
		if found := recover(); found != nil {
			err = fmt.Errorf("%s: %v", name, found)
		}
	}()
	work(ctx)
	fmt.Println("ok", name)
	return nil
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func have[T any](value T, err error) T {
	must(err)
	return value
}

func same(got, want any, what string) {
	if fmt.Sprint(got) != fmt.Sprint(want) {
		panic(fmt.Sprintf("%s: %v, not %v", what, got, want))
	}
}

func refused(err error, code sb.Code, what string) {
	var failed *sb.Error
	if !errors.As(err, &failed) || failed.Code != code {
		panic(fmt.Sprintf("%s: %v, not %s", what, err, code))
	}
}

func text(body string) *sb.Message { return &sb.Message{Body: []byte(body)} }

func ref[T any](value T) *T { return &value }

func send(ctx context.Context, client *sb.Client, to string, messages ...*sb.Message) {
	sender := have(client.NewSender(to, nil))
	defer sender.Close(ctx)
	batch := have(sender.NewMessageBatch(ctx, nil))
	for _, each := range messages {
		must(batch.AddMessage(each, nil))
	}
	must(sender.SendMessageBatch(ctx, batch, nil))
}

// together waits for all that are asked for: what comes between two calls the client
// gives back, and it comes again behind the others.
var together = &sb.ReceiveMessagesOptions{TimeAfterFirstMessage: 5 * time.Second}

// receive waits until so many have come.
func receive(ctx context.Context, receiver *sb.Receiver, count int) []*sb.ReceivedMessage {
	var all []*sb.ReceivedMessage
	for len(all) < count {
		all = append(all, have(receiver.ReceiveMessages(ctx, count-len(all), together))...)
	}
	return all
}

func batchesAndSettling(ctx context.Context, client *sb.Client) {
	send(ctx, client, "plain", text("0"), text("1"), text("2"), text("3"), text("4"))
	receiver := have(client.NewReceiverForQueue("plain", nil))
	defer receiver.Close(ctx)
	same(len(have(receiver.PeekMessages(ctx, 5, nil))), 5, "peeked")
	got := receive(ctx, receiver, 5)
	done, again, later, dead, last := got[0], got[1], got[2], got[3], got[4]
	before := *again.LockedUntil
	must(receiver.RenewMessageLock(ctx, again, nil))
	if !again.LockedUntil.After(before) {
		panic("a renewed lock isn't longer")
	}
	must(receiver.CompleteMessage(ctx, done, nil))
	must(receiver.AbandonMessage(ctx, again, &sb.AbandonMessageOptions{
		PropertiesToModify: map[string]any{"tried": "once"},
	}))
	must(receiver.DeferMessage(ctx, later, nil))
	must(receiver.DeadLetterMessage(ctx, dead, &sb.DeadLetterOptions{
		Reason: ref("why"), ErrorDescription: ref("how"),
	}))
	must(receiver.CompleteMessage(ctx, last, nil))
	deferred := have(receiver.ReceiveDeferredMessages(ctx, []int64{*later.SequenceNumber}, nil))
	same(string(deferred[0].Body), "2", "deferred")
	must(receiver.CompleteMessage(ctx, deferred[0], nil))
	back := receive(ctx, receiver, 1)[0]
	same(back.DeliveryCount, 2, "deliveries")
	same(back.ApplicationProperties["tried"], "once", "what was changed")
	must(receiver.CompleteMessage(ctx, back, nil))

	graves := have(client.NewReceiverForQueue("plain", &sb.ReceiverOptions{
		SubQueue: sb.SubQueueDeadLetter,
	}))
	defer graves.Close(ctx)
	dead = receive(ctx, graves, 1)[0]
	same(*dead.DeadLetterReason+" "+*dead.DeadLetterErrorDescription, "why how", "dead letter")
	must(graves.CompleteMessage(ctx, dead, nil))
}

func locksAndDeleting(ctx context.Context, client *sb.Client) {
	send(ctx, client, "short", text("x"))
	receiver := have(client.NewReceiverForQueue("short", nil))
	message := receive(ctx, receiver, 1)[0]
	time.Sleep(time.Until(message.LockedUntil.Add(200 * time.Millisecond)))
	refused(receiver.CompleteMessage(ctx, message, nil), sb.CodeLockLost, "a lock that ran out")
	receiver.Close(ctx)
	deleting := have(client.NewReceiverForQueue("short", &sb.ReceiverOptions{
		ReceiveMode: sb.ReceiveModeReceiveAndDelete,
	}))
	defer deleting.Close(ctx)
	same(receive(ctx, deleting, 1)[0].DeliveryCount, 2, "deliveries")
}

func sessions(ctx context.Context, client *sb.Client) {
	for _, session := range []string{"A", "B"} {
		messages := []*sb.Message{text("0"), text("1"), text("2")}
		for _, each := range messages {
			each.SessionID = ref(session)
		}
		send(ctx, client, "sessions", messages...)
	}
	one := have(client.AcceptSessionForQueue(ctx, "sessions", "A", nil))
	must(one.SetSessionState(ctx, []byte("state"), nil))
	if !bytes.Equal(have(one.GetSessionState(ctx, nil)), []byte("state")) {
		panic("a session's state is another")
	}
	must(one.RenewSessionLock(ctx, nil))
	if _, err := client.AcceptSessionForQueue(ctx, "sessions", "A", nil); err == nil {
		panic("two have one session")
	}
	for n := 0; n < 3; {
		for _, each := range have(one.ReceiveMessages(ctx, 3, together)) {
			same(string(each.Body), n, "order")
			must(one.CompleteMessage(ctx, each, nil))
			n++
		}
	}
	must(one.Close(ctx))
	for range 2 { // closing a session is no delivery
		next := have(client.AcceptNextSessionForQueue(ctx, "sessions", nil))
		same(next.SessionID(), "B", "the next session")
		got := have(next.ReceiveMessages(ctx, 1, nil))
		same(string(got[0].Body), "0", "order")
		same(got[0].DeliveryCount, 1, "deliveries")
		must(next.Close(ctx))
	}
}

func scheduleAndDuplicates(ctx context.Context, client *sb.Client) {
	named := func(id string) *sb.Message { return &sb.Message{MessageID: ref(id), Body: []byte(id)} }
	sender := have(client.NewSender("duplicates", nil))
	defer sender.Close(ctx)
	soon := time.Now().Add(time.Second)
	numbers := have(sender.ScheduleMessages(ctx, []*sb.Message{named("1"), named("2")}, soon, nil))
	must(sender.CancelScheduledMessages(ctx, numbers[:1], nil))
	for range 2 {
		must(sender.SendMessage(ctx, named("3"), nil))
	}
	receiver := have(client.NewReceiverForQueue("duplicates", nil))
	defer receiver.Close(ctx)
	for _, want := range []string{"3", "2"} {
		got := receive(ctx, receiver, 1)[0]
		same(got.MessageID, want, "the next")
		must(receiver.CompleteMessage(ctx, got, nil))
	}
	same(len(have(receiver.PeekMessages(ctx, 1, nil))), 0, "left")
}

func subscriptions(ctx context.Context, client *sb.Client) {
	send(ctx, client, "news", text("x"))
	for _, name := range []string{"a", "b"} {
		receiver := have(client.NewReceiverForSubscription("news", name, nil))
		got := receive(ctx, receiver, 1)[0]
		must(receiver.CompleteMessage(ctx, got, nil))
		receiver.Close(ctx)
	}
}

func refusals(ctx context.Context, client *sb.Client) {
	trying := func(to string, message *sb.Message) error {
		sender := have(client.NewSender(to, nil))
		defer sender.Close(ctx)
		return sender.SendMessage(ctx, message, nil)
	}
	var condition *amqp.Error // a link's refusal comes as it is
	if err := trying("nope", text("x")); !errors.As(err, &condition) ||
		condition.Condition != amqp.ErrCondNotFound {
		panic(fmt.Sprintf("a queue that isn't there: %v", err))
	}
	large := &sb.Message{Body: make([]byte, 1_100_000)}
	if err := trying("plain", large); !errors.Is(err, sb.ErrMessageTooLarge) {
		panic(fmt.Sprintf("too large: %v", err))
	}
	for name, message := range map[string]*sb.Message{
		"no session":        text("x"),
		"another partition": {SessionID: ref("a"), PartitionKey: ref("b")},
		"a long session":    {SessionID: ref(strings.Repeat("s", 129))},
		"a long message id": {SessionID: ref("a"), MessageID: ref(strings.Repeat("m", 200))},
		"a property of 40 KB": {SessionID: ref("a"), ApplicationProperties: map[string]any{
			"a": strings.Repeat("x", 40_000),
		}},
		"properties of 70 KB": {SessionID: ref("a"), ApplicationProperties: map[string]any{
			"a": strings.Repeat("x", 25_000),
			"b": strings.Repeat("x", 25_000),
			"c": strings.Repeat("x", 20_000),
		}},
	} {
		if trying("sessions", message) == nil {
			panic(name + " was taken")
		}
	}
	must(trying("plain", text("a good one")))
}
