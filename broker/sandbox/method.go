package sandbox

// method is a class and a method of AMQP 0-9-1, the class in the high half.
type method uint32

func (m method) class() uint16  { return uint16(m >> 16) }
func (m method) number() uint16 { return uint16(m) }

const (
	classConnection = 10 << 16
	classChannel    = 20 << 16
	classAccess     = 30 << 16
	classExchange   = 40 << 16
	classQueue      = 50 << 16
	classBasic      = 60 << 16
	classConfirm    = 85 << 16
	classTx         = 90 << 16
)

const (
	connectionStart          method = classConnection | 10
	connectionStartOK        method = classConnection | 11
	connectionSecure         method = classConnection | 20
	connectionSecureOK       method = classConnection | 21
	connectionTune           method = classConnection | 30
	connectionTuneOK         method = classConnection | 31
	connectionOpen           method = classConnection | 40
	connectionOpenOK         method = classConnection | 41
	connectionClose          method = classConnection | 50
	connectionCloseOK        method = classConnection | 51
	connectionBlocked        method = classConnection | 60
	connectionUnblocked      method = classConnection | 61
	connectionUpdateSecret   method = classConnection | 70
	connectionUpdateSecretOK method = classConnection | 71

	channelOpen    method = classChannel | 10
	channelOpenOK  method = classChannel | 11
	channelFlow    method = classChannel | 20
	channelFlowOK  method = classChannel | 21
	channelClose   method = classChannel | 40
	channelCloseOK method = classChannel | 41

	accessRequest   method = classAccess | 10
	accessRequestOK method = classAccess | 11

	exchangeDeclare   method = classExchange | 10
	exchangeDeclareOK method = classExchange | 11
	exchangeDelete    method = classExchange | 20
	exchangeDeleteOK  method = classExchange | 21
	exchangeBind      method = classExchange | 30
	exchangeBindOK    method = classExchange | 31
	exchangeUnbind    method = classExchange | 40
	exchangeUnbindOK  method = classExchange | 51

	queueDeclare   method = classQueue | 10
	queueDeclareOK method = classQueue | 11
	queueBind      method = classQueue | 20
	queueBindOK    method = classQueue | 21
	queuePurge     method = classQueue | 30
	queuePurgeOK   method = classQueue | 31
	queueDelete    method = classQueue | 40
	queueDeleteOK  method = classQueue | 41
	queueUnbind    method = classQueue | 50
	queueUnbindOK  method = classQueue | 51

	basicQos          method = classBasic | 10
	basicQosOK        method = classBasic | 11
	basicConsume      method = classBasic | 20
	basicConsumeOK    method = classBasic | 21
	basicCancel       method = classBasic | 30
	basicCancelOK     method = classBasic | 31
	basicPublish      method = classBasic | 40
	basicReturn       method = classBasic | 50
	basicDeliver      method = classBasic | 60
	basicGet          method = classBasic | 70
	basicGetOK        method = classBasic | 71
	basicGetEmpty     method = classBasic | 72
	basicAck          method = classBasic | 80
	basicReject       method = classBasic | 90
	basicRecoverAsync method = classBasic | 100
	basicRecover      method = classBasic | 110
	basicRecoverOK    method = classBasic | 111
	basicNack         method = classBasic | 120

	confirmSelect   method = classConfirm | 10
	confirmSelectOK method = classConfirm | 11

	txSelect     method = classTx | 10
	txSelectOK   method = classTx | 11
	txCommit     method = classTx | 20
	txCommitOK   method = classTx | 21
	txRollback   method = classTx | 30
	txRollbackOK method = classTx | 31
)
