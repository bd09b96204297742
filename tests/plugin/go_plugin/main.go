// A plugin of the legacy kind for tests, served by HashiCorp's own go-plugin.
//
// config.mode says what it does; see the tests beside it. With MODE=dotnet in its
// environment it behaves as plugins of the .NET SDK do: a handshake over TCP with
// five fields, one service, no health, stdio or controller.
package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/bufbuild/protocompile"
	hclog "github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"
	"google.golang.org/protobuf/types/known/emptypb"
)

//go:embed plugin.proto
var source string

var file = compile()

func compile() protoreflect.FileDescriptor {
	compiler := protocompile.Compiler{
		Resolver: protocompile.WithStandardImports(&protocompile.SourceResolver{
			Accessor: protocompile.SourceAccessorFromMap(map[string]string{"plugin.proto": source}),
		}),
	}
	files, err := compiler.Compile(context.Background(), "plugin.proto")
	if err != nil {
		panic(err)
	}
	return files[0]
}

func message(name string) *dynamicpb.Message {
	return dynamicpb.NewMessage(file.Messages().ByName(protoreflect.Name(name)))
}

type served struct{ logger hclog.Logger }

func (s served) getSchema() (*dynamicpb.Message, error) {
	text := os.Getenv("PLUGIN_SCHEMA")
	if text == "error" {
		return nil, errors.New("no schema today")
	}
	answer := message("GetSchemaResponse")
	if text == "" {
		return answer, nil
	}
	return answer, protojson.Unmarshal([]byte(text), answer)
}

type request struct {
	Input, Output *struct {
		Provider string
		Config   map[string]any
	}
	Config map[string]any
}

func (s served) start(ctx context.Context, message *dynamicpb.Message) error {
	text, _ := protojson.Marshal(message)
	var asked request
	if err := json.Unmarshal(text, &asked); err != nil {
		return err
	}
	number := func(name string, usual int) int {
		if value, ok := asked.Config[name].(float64); ok {
			return int(value)
		}
		return usual
	}
	mode, _ := asked.Config["mode"].(string)
	s.logger.Info("started", "mode", mode, "pid", os.Getpid())
	switch mode {
	case "fail":
		return errors.New("the source is gone")
	case "panic":
		go func() { panic("a bug of the plugin") }()
		time.Sleep(time.Minute)
	case "exit":
		fmt.Fprintln(os.Stderr, "leaving without a word")
		os.Exit(7)
	case "levels":
		s.logger.Trace("said at trace")
		s.logger.Debug("said at debug")
		s.logger.Info("said at info")
		s.logger.Warn("said at warn", "n", 1)
		s.logger.Error("said at error")
		fmt.Fprintln(os.Stderr, "plain words")
	case "forever":
		fmt.Println("running")
		<-ctx.Done()
		s.logger.Info("cancelled")
		return ctx.Err()
	case "echo":
		compact, _ := json.Marshal(asked)
		fmt.Println(string(compact))
	default:
		for n := 1; n <= number("count", 3); n++ {
			fmt.Printf("{\"value\":%d}\n", n)
		}
		for n := 1; n <= number("logs", 0); n++ {
			s.logger.Info("line", "n", n)
		}
	}
	return nil
}

func register(server *grpc.Server, s served) {
	server.RegisterService(&grpc.ServiceDesc{
		ServiceName: "plugin.Plugin",
		HandlerType: (*any)(nil),
		Methods: []grpc.MethodDesc{
			{MethodName: "GetSchema", Handler: func(_ any, _ context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
				if err := decode(&emptypb.Empty{}); err != nil {
					return nil, err
				}
				return s.getSchema()
			}},
			{MethodName: "Start", Handler: func(_ any, ctx context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
				asked := message("StartRequest")
				if err := decode(asked); err != nil {
					return nil, err
				}
				return &emptypb.Empty{}, s.start(ctx, asked)
			}},
		},
	}, s)
}

type generic struct {
	plugin.NetRPCUnsupportedPlugin
	served
}

func (g generic) GRPCServer(_ *plugin.GRPCBroker, server *grpc.Server) error {
	register(server, g.served)
	return nil
}

func (generic) GRPCClient(context.Context, *plugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, errors.New("serves only")
}

func main() {
	logger := hclog.New(&hclog.LoggerOptions{
		Name:       "test-plugin",
		Level:      hclog.LevelFromString(os.Getenv("DSTREAM_LOG_LEVEL")),
		Output:     os.Stderr,
		JSONFormat: os.Getenv("DSTREAM_LOG_JSON") == "true",
	})
	if os.Getenv("MODE") == "dotnet" {
		serveAsDotNet(served{logger})
		return
	}
	if os.Getenv("MODE") == "tls" {
		fmt.Println("1|1|unix|/tmp/nowhere|grpc|Y2VydA")
		select {}
	}
	if os.Getenv("MODE") == "silent" {
		time.Sleep(time.Hour)
	}
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig: plugin.HandshakeConfig{
			ProtocolVersion:  1,
			MagicCookieKey:   "DSTREAM_PLUGIN",
			MagicCookieValue: "dstream",
		},
		Plugins:    map[string]plugin.Plugin{"default": generic{served: served{logger}}},
		GRPCServer: plugin.DefaultGRPCServer,
		Logger:     logger,
	})
}

func serveAsDotNet(s served) {
	if os.Getenv("PLUGIN_PROTOCOL_VERSIONS") == "" {
		fmt.Println("This binary is a plugin. These are not meant to be executed directly.")
		fmt.Println("Please execute the program that consumes these plugins, which will")
		fmt.Println("load any plugins automatically")
		return
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Printf("1|1|tcp|%s|grpc\r\n", listener.Addr())
	server := grpc.NewServer()
	register(server, s)
	_ = server.Serve(listener)
}
